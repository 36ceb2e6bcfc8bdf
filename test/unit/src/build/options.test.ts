// src/build/options.ts: the query of a build, and what is refused by name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '#src/build/options.ts';

const parse = (text: string) => {
  const queryAll = new URLSearchParams(text);
  return parseOptions({ query: Object.fromEntries(queryAll), queryAll });
};

test('what a client sends', () => {
  const options = parse(
    't=a&t=b:1&dockerfile=x/D&rm=0&buildargs={"A":"1","B":null}&labels={"l":"v"}&memory=5&shmsize=7',
  );
  assert.deepEqual(options.tags, ['a', 'b:1']);
  assert.deepEqual([options.dockerfile, options.remove, options.forceRemove], ['x/D', false, false]);
  assert.deepEqual(
    [...options.buildArgs],
    [
      ['A', '1'],
      ['B', null],
    ],
  );
  assert.deepEqual(options.labels, { l: 'v' });
  assert.deepEqual([options.hostConfig.Memory, options.hostConfig.ShmSize], [5, 7]);
  assert.equal(parse('').dockerfile, 'Dockerfile');
  assert.equal(parse('').remove, true);
});

test('extra hosts as the CLI and as docker-py send them', () => {
  assert.deepEqual(parse('extrahosts=a:1.2.3.4&extrahosts=b:::1').hostConfig.ExtraHosts, [
    'a:1.2.3.4',
    'b:::1',
  ]);
  assert.deepEqual(parse('extrahosts={"a":"1.2.3.4"}').hostConfig.ExtraHosts, ['a:1.2.3.4']);
  assert.deepEqual(parse('extrahosts=["a:1.2.3.4"]').hostConfig.ExtraHosts, ['a:1.2.3.4']);
});

for (const [query, message] of [
  ['version=2', /BuildKit/],
  ['squash=1', /--squash/],
  ['platform=foobar', /^DockerError: "foobar": unknown operating system or architecture/],
  ['remote=https://x/y.git', /git or a URL/],
  ['outputs=[{"Type":"local"}]', /--output/],
  ['labels=[]', /labels/],
  ['ulimits=x', /ulimit/],
] as const) {
  test(`refused: ${query}`, () => assert.throws(() => parse(query), message));
}

test('an error never quotes the build arguments', () => {
  assert.throws(
    () => parse('buildargs={"A":"s3cret"'),
    (err: Error) => !err.message.includes('s3cret'),
  );
  assert.throws(
    () => parse('buildargs={"A":["s3cret"]}'),
    (err: Error) => !err.message.includes('s3cret'),
  );
});
