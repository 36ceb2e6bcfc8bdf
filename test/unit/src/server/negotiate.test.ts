// The version segment and the request target: what clients send, and what nobody should.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatApiVersion, MAX_VERSION, MIN_VERSION, parseApiVersion } from '#src/api/version.ts';
import { DockerError } from '#src/errors.ts';
import { negotiate, splitTarget } from '#src/server/path.ts';

const OLD = (text: string) =>
  `client version ${text} is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version`;
const NEW = (text: string) => `client version ${text} is too new. Maximum supported API version is 1.55`;
const VERSIONS: [text: string | null, version: number | ((text: string) => string)][] = [
  [null, 55],
  ['1.24', 24],
  ['1.55', 55],
  ['1.40', 40],
  // a number, not a decimal fraction: 1.5 is older than 1.40
  ['1.5', OLD],
  ['1.240', NEW],
  ['1.23', OLD],
  ['1.56', NEW],
  ['2.0', NEW],
  ['2', NEW],
  ['0.99', OLD],
  ['1', OLD],
  ['1.', OLD],
  ['.', OLD],
  ['...', OLD],
  ['1.44.1', 44],
  ['01.044', 44],
  [`1.${'9'.repeat(500)}`, NEW],
  ['9'.repeat(500), NEW],
];
for (const [text, version] of VERSIONS) {
  test(`version ${text?.slice(0, 20)}`, () => {
    if (typeof version === 'number') assert.equal(negotiate(text), version);
    else assert.throws(() => negotiate(text), { kind: 'invalid', clientMessage: version(text ?? '') });
  });
}

for (const [text, version] of [
  ['1.43', 43],
  ['1.0', 0],
  ['1.12345', null],
  ['2.0', null],
  ['1.4a', null],
  ['1', null],
  ['', null],
  [' 1.43', null],
  ['1.43\n', null],
] as const) {
  test(`API version text ${JSON.stringify(text)}`, () => assert.equal(parseApiVersion(text), version));
}
test('what is formatted is parsed', () => {
  for (let version = MIN_VERSION; version <= MAX_VERSION; version++)
    assert.equal(parseApiVersion(formatApiVersion(version)), version);
});

const TARGETS: [url: string, versionText: string | null, path: string, search: string][] = [
  ['/info', null, '/info', ''],
  ['/v1.43/info?a=b?c', '1.43', '/info', '?a=b?c'],
  ['/v1.43', null, '/v1.43', ''],
  ['/v/info', null, '/v/info', ''],
  ['/v1.43x/info', null, '/v1.43x/info', ''],
  ['/v1.43/v1.44/info', '1.43', '/v1.44/info', ''],
  ['/images/a/json', null, '/images/a/json', ''],
  ['/images/a/b/c/json', null, '/images/a%2Fb%2Fc/json', ''],
  ['/images/json', null, '/images/json', ''],
  ['/images/a/b', null, '/images/a%2Fb', ''],
  ['/images/json/json', null, '/images/json/json', ''],
  ['/v1.43/distribution/reg:5/a/json', '1.43', '/distribution/reg:5%2Fa/json', ''],
  ['/plugins/a/b/enable', null, '/plugins/a%2Fb/enable', ''],
  ['/containers/a/json', null, '/containers/a/json', ''],
  ['/images/a%2Fb/json', null, '/images/a%2Fb/json', ''],
  ['?', null, '', '?'],
  ['', null, '', ''],
  ['*', null, '*', ''],
];
for (const [url, versionText, path, search] of TARGETS) {
  test(`target ${JSON.stringify(url)}`, () =>
    assert.deepEqual(splitTarget(url), { versionText, path, search }));
}

test('any target is taken apart, any version text gives a version or one of the two refusals', () => {
  let seed = 99;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed >>> 8) % below;
  };
  const parts = [
    '/',
    'v',
    '1',
    '.',
    '43',
    'images',
    'json',
    '%2F',
    '?',
    'a',
    '..',
    '\u0000',
    'é',
    '//',
    '99999999999999999999',
  ];
  for (let i = 0; i < 30_000; i++) {
    const { versionText } = splitTarget(
      Array.from({ length: random(10) }, () => parts[random(parts.length)]).join(''),
    );
    try {
      const version = negotiate(versionText);
      assert.ok(Number.isInteger(version) && version >= MIN_VERSION && version <= MAX_VERSION);
    } catch (err) {
      assert.ok(err instanceof DockerError && err.kind === 'invalid', String(err));
    }
  }
});

test('very long targets cost no time', () => {
  const started = process.cpuUsage();
  for (const url of [
    `/images/${'a/'.repeat(30_000)}json`,
    `/v${'1.'.repeat(30_000)}/x`,
    `/plugins/${'/enable'.repeat(10_000)}`,
    '/'.repeat(60_000),
  ])
    splitTarget(url);
  assert.ok(process.cpuUsage(started).user < 500_000);
});
