// src/api/filters.ts: what is a filter and what it lets through; no JSON and no pattern brings the daemon to a stop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  filterBool,
  filterExact,
  filterLabels,
  filterMatch,
  matchesLabels,
  parseFilters,
} from '#src/api/filters.ts';
import { DockerError } from '#src/errors.ts';

const invalid = (clientMessage: string) => ({ name: 'DockerError', kind: 'invalid', clientMessage });
const read = (filters: unknown) =>
  parseFilters(typeof filters === 'string' ? filters : JSON.stringify(filters), [
    'name',
    'label',
    'label!',
    'dangling',
  ]);
for (const [text, expected] of [
  [undefined, {}],
  ['', {}],
  ['{}', {}],
  ['{"name":["a","b","a"]}', { name: ['a', 'b'] }],
  ['{"name":{"a":true,"b":false}}', { name: ['a', 'b'] }],
  ['{"name":[],"label":{}}', { name: [], label: [] }],
] as const) {
  test(`filters ${text}`, () =>
    assert.deepEqual(
      Object.fromEntries([...read(text ?? '')].map(([name, values]) => [name, [...values]])),
      expected,
    ));
}
for (const text of [
  '{',
  'null',
  '[]',
  '5',
  '"x"',
  '{"name":null}',
  '{"name":"a"}',
  '{"name":[5]}',
  '{"name":[["a"]]}',
]) {
  test(`no filters: ${text}`, () => assert.throws(() => read(text), invalid('invalid filter')));
}
for (const name of ['constructor', '__proto__', 'NAME', '']) {
  test(`no such filter: '${name}'`, () =>
    assert.throws(() => read(`{"${name}":["a"]}`), invalid(`invalid filter '${name}'`)));
}

test('what filters let through', () => {
  assert.equal(filterBool(read({}), 'dangling', true), true);
  assert.equal(filterBool(read({ dangling: ['1'] }), 'dangling', false), true);
  assert.equal(filterBool(read({ dangling: ['false'] }), 'dangling', true), false);
  assert.throws(
    () => filterBool(read({ dangling: ['true', '0'] }), 'dangling', true),
    invalid("invalid filter 'dangling=[true 0]'"),
  );
  assert.throws(
    () => filterBool(read({ dangling: ['x'] }), 'dangling', true),
    invalid("invalid filter 'dangling=[x]'"),
  );
  assert.throws(
    () => filterBool(read({ dangling: [] }), 'dangling', true),
    invalid("invalid filter 'dangling'"),
  );
  for (const [values, text, found] of [
    [[], 'web', true],
    [['we'], 'web', true],
    [['^eb'], 'web', false],
    [['x', 'b$'], 'web', true],
    [['('], 'web(', false],
    [['[0-9]{2}$'], 'web-01', true],
    [['(w)(?:e|x)+b?'], 'web', true],
    [['web('], 'web(', true],
  ] as const) {
    assert.equal(filterMatch(read({ name: values }), 'name', text), found, `${values} in ${text}`);
  }
  assert.equal(filterExact(read({ name: ['we'] }), 'name', 'web'), false);
  const labels = { a: '1', b: '', constructor: 'x' };
  for (const [wanted, found] of [
    [['a'], true],
    [['a=1'], true],
    [['a=2'], false],
    [['a=1', 'b'], true],
    [['a', 'c'], false],
    [['b='], true],
    [['toString'], false],
    [['constructor'], true],
  ] as const) {
    assert.equal(filterLabels(read({ label: wanted }), 'label', labels), found, String(wanted));
  }
  assert.equal(matchesLabels(read({ 'label!': ['a'] }), labels), false);
  assert.equal(matchesLabels(read({ 'label!': ['c'] }), labels), true);
});

test('a pattern of a filter never takes for ever', () => {
  const started = process.cpuUsage();
  const text = 'a'.repeat(10_000);
  for (const pattern of [
    '(a+)+$',
    '(a*)*b',
    '(a|aa)+$',
    '((a+)+)+b',
    '(a|a)*b',
    'a*a*a*a*a*b',
    'a*a*a*b',
    '(.*a){20}',
    '([a-z]+)*$',
    '(?=(a+))+b',
    '(a?){30}a{30}',
    'x'.repeat(300),
    '(?:a|a)(?:a|a)*b',
    '(a|b|ab)*c',
    '(aa|a){1,}b',
  ]) {
    filterMatch(read({ name: [pattern] }), 'name', text);
  }
  assert.ok(process.cpuUsage(started).user < 2_000_000, `${process.cpuUsage(started).user / 1e6} s`);
});

test('filters: any JSON gives filters or the one refusal', () => {
  let seed = 5;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed >>> 8) % below;
  };
  const value = (depth: number): unknown => {
    const leaves = [null, true, 5, 'name', '', '__proto__', '\u2028', 1e308];
    if (depth === 0) return leaves[random(leaves.length)];
    const size = random(4);
    if (random(2) === 0) return Array.from({ length: size }, () => value(depth - 1));
    return Object.fromEntries(
      Array.from({ length: size }, () => [
        ['name', 'label', 'x', '__proto__', 'constructor'][random(5)],
        value(depth - 1),
      ]),
    );
  };
  for (let i = 0; i < 20_000; i++) {
    try {
      for (const values of read(value(random(4))).values())
        for (const each of values) assert.equal(typeof each, 'string');
    } catch (err) {
      assert.ok(err instanceof DockerError && err.kind === 'invalid', String(err));
    }
  }
});
