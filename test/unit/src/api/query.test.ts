// src/api: query values and typed JSON fields, in Go's own words where they are wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fields } from '#src/api/fields.ts';
import { queryBool, queryInt, queryTimestamp, queryUint32 } from '#src/api/query.ts';

const invalid = (clientMessage: string) => ({ name: 'DockerError', kind: 'invalid', clientMessage });

for (const [text, value] of [
  [undefined, false],
  ['', false],
  ['0', false],
  ['no', false],
  ['False', false],
  [' NONE ', false],
  ['1', true],
  ['true', true],
  ['yes', true],
  ['x', true],
  ['00', true],
] as const) {
  test(`bool ${JSON.stringify(text)}`, () => assert.equal(queryBool(text), value));
}

for (const [text, value] of [
  [undefined, null],
  ['', null],
  ['0', 0],
  ['-5', -5],
  ['+5', 5],
  ['007', 7],
  ['999999999999999999', 1e18],
] as const) {
  test(`int ${JSON.stringify(text)}`, () => assert.equal(queryInt(text), value));
}
for (const text of ['x', '1.5', '1e3', '0x1', ' 1', '1 ', '--1', '9'.repeat(19), '1\n']) {
  test(`no int: ${JSON.stringify(text)}`, () =>
    assert.throws(() => queryInt(text), invalid(`strconv.Atoi: parsing "${text}": invalid syntax`)));
}

for (const [text, value] of [
  ['0', 0],
  ['80', 80],
  ['4294967295', 4294967295],
] as const)
  test(`uint32 ${text}`, () => assert.equal(queryUint32(text, 'height'), value));
for (const [text, words] of [
  ['4294967296', 'value out of range'],
  ['-1', 'value out of range'],
  [undefined, 'invalid syntax'],
  ['', 'invalid syntax'],
  ['1.5', 'invalid syntax'],
  ['x', 'invalid syntax'],
] as const) {
  test(`no uint32: ${text}`, () =>
    assert.throws(
      () => queryUint32(text, 'height'),
      invalid(`invalid resize height "${text ?? ''}": ${words}`),
    ));
}

for (const [text, value] of [
  [undefined, ''],
  ['', ''],
  ['0', ''],
  ['1795492932', '2026-11-24T04:02:12.000000000Z'],
  ['1795492932.5', '2026-11-24T04:02:12.500000000Z'],
  ['1795492932.000000001', '2026-11-24T04:02:12.000000001Z'],
  ['0.5', '1970-01-01T00:00:00.500000000Z'],
  ['-1', '1969-12-31T23:59:59.000000000Z'],
] as const) {
  test(`time ${text}`, () => assert.equal(queryTimestamp(text, 'since'), value));
}
for (const text of ['x', '1.', '.5', '1.0000000001', '2026-11-24', '1e9', '9999999999999']) {
  test(`no time: ${text}`, () =>
    assert.throws(
      () => queryTimestamp(text, 'since'),
      invalid(`invalid value for "since": failed to parse value as UNIX timestamp: ${text}`),
    ));
}
test('a time far away is the end of all calendars', () => {
  assert.equal(queryTimestamp('999999999999', 'until'), '9999-12-31T23:59:59.000000000Z');
  assert.equal(queryTimestamp('-999999999999.5', 'since'), '0000-01-01T00:00:00.500000000Z');
});

const RAW = {
  s: 'x',
  b: true,
  n: 5,
  l: ['a'],
  m: { k: 'v' },
  o: { in: 'y' },
  os: [{ in: 'z' }],
  p: [24, 80],
  nil: null,
};
const fields = (raw: object = RAW) => new Fields(raw as Record<string, unknown>, 'HostConfig');

test('fields that are there', () => {
  const f = fields();
  assert.deepEqual(
    [f.string('s'), f.boolean('b'), f.integer('n'), f.strings('l'), f.words('s'), f.words('l'), f.list('l')],
    ['x', true, 5, ['a'], ['x'], ['a'], ['a']],
  );
  assert.deepEqual(
    [
      f.stringMap('m'),
      f.map('m'),
      f.object('o')?.string('in'),
      f.objects('os')?.map((o) => o.string('in')),
      f.pair('p'),
    ],
    [{ k: 'v' }, { k: 'v' }, 'y', ['z'], [24, 80]],
  );
});
test("absent and null give Go's zero values", () => {
  for (const key of ['none', 'nil', 'constructor', 'toString', '__proto__']) {
    const f = fields();
    assert.deepEqual(
      [
        f.string(key),
        f.boolean(key),
        f.booleanOrNull(key),
        f.integer(key),
        f.integerOrNull(key),
        f.strings(key),
        f.stringMap(key),
        f.object(key),
        f.objects(key),
        f.pair(key),
      ],
      ['', false, null, 0, null, null, null, null, null, [0, 0]],
      key,
    );
    assert.equal(f.words(key), null, key);
  }
});
const WRONG: [what: string, read: (f: Fields) => unknown, raw: unknown, kind: string, type: string][] = [
  ['string', (f) => f.string('k'), 5, 'number', 'string'],
  ['bool', (f) => f.boolean('k'), 'true', 'string', 'bool'],
  ['int', (f) => f.integer('k'), 1.5, 'number', 'int64'],
  ['int beyond', (f) => f.integer('k'), 2 ** 53, 'number', 'int64'],
  ['int as text', (f) => f.integer('k'), '5', 'string', 'int64'],
  ['strings', (f) => f.strings('k'), ['a', 5], 'number', 'string'],
  ['strings as object', (f) => f.strings('k'), { length: 0 }, 'object', '[]string'],
  ['words', (f) => f.words('k'), true, 'bool', '[]string'],
  ['string map', (f) => f.stringMap('k'), { a: 5 }, 'number', 'string'],
  ['string map of a list', (f) => f.stringMap('k'), [], 'array', 'map[string]string'],
  ['object', (f) => f.object('k'), [], 'array', 'struct'],
  ['objects', (f) => f.objects('k'), [null], 'array', '[]struct'],
  ['pair', (f) => f.pair('k'), [-1, 5], 'array', '[2]uint'],
];
for (const [what, read, raw, kind, type] of WRONG) {
  test(`fields: no ${what}`, () =>
    assert.throws(
      () => read(fields({ k: raw })),
      invalid(
        `invalid JSON: json: cannot unmarshal ${kind} into Go struct field HostConfig.k of type ${type}`,
      ),
    ));
}
test('null among texts is an empty one', () => {
  assert.deepEqual(fields({ k: ['a', null] }).strings('k'), ['a', '']);
  assert.deepEqual(fields({ k: { a: null, b: 'c' } }).stringMap('k'), { a: '', b: 'c' });
});

test('the path of a field goes down', () => {
  assert.throws(
    () =>
      fields({ o: { k: 5 } })
        .object('o')
        ?.string('k'),
    { clientMessage: /Go struct field HostConfig\.o\.k of type string$/ },
  );
});
