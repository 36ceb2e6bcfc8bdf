// lib/coal/changefeed: who registers for what, in either version, and which fields of a record count as changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedFields } from '#lib/coal/changefeed/diff.ts';
import { acceptsVersion2, parseRegistration } from '#lib/coal/changefeed/publisher.ts';

const VERSIONS: [header: string | string[] | undefined, version2: boolean][] = [
  [undefined, false],
  ['', false],
  ['*', false],
  ['~1', false],
  ['1.9.9', false],
  ['~2', true],
  ['2.0.0', true],
  ['^2', true],
  ['>=2', true],
  ['3', true],
  ['10', true],
  ['v2', false],
  [['~2', '~1'], true],
];
for (const [header, version2] of VERSIONS) {
  test(`accept-version ${JSON.stringify(header)}: ${version2 ? 2 : 1}`, () =>
    assert.equal(acceptsVersion2(header), version2));
}

const KIND = { resource: 'vm', subResources: ['state', 'nics'] };
const ONE = { instance: 'i', service: 's', changeKind: KIND };
const TWO = { instance: 'i', service: 's', resources: [KIND, { resource: 'nic', subResources: [] }] };

test('a registration of each version', () => {
  assert.deepEqual(parseRegistration(JSON.stringify(ONE), false), { instance: 'i', kinds: [KIND] });
  assert.deepEqual(parseRegistration(JSON.stringify(TWO), true), { instance: 'i', kinds: TWO.resources });
});

const REFUSED: [text: string, version2: boolean, reason: RegExp][] = [
  ['', false, /not JSON/],
  ['{', false, /not JSON/],
  ['heartbeat', false, /not JSON/],
  ['null', false, /not an object/],
  ['5', false, /not an object/],
  ['[]', false, /instance must be a string/],
  [JSON.stringify({ ...ONE, instance: 5 }), false, /instance must be a string/],
  [JSON.stringify({ ...ONE, service: undefined }), false, /service must be a string/],
  [JSON.stringify(TWO), false, /changeKind must name a resource/],
  [JSON.stringify(ONE), true, /resources must be a list/],
  [JSON.stringify({ ...ONE, changeKind: null }), false, /changeKind must name/],
  [JSON.stringify({ ...ONE, changeKind: { resource: 'vm' } }), false, /changeKind must name/],
  [
    JSON.stringify({ ...ONE, changeKind: { resource: 'vm', subResources: 'state' } }),
    false,
    /changeKind must name/,
  ],
  [
    JSON.stringify({ ...ONE, changeKind: { resource: 'vm', subResources: ['state', 5] } }),
    false,
    /changeKind must name/,
  ],
  [JSON.stringify({ ...TWO, resources: { 0: KIND, length: 1 } }), true, /resources must be a list/],
  [JSON.stringify({ ...TWO, resources: [KIND, null] }), true, /resources must be a list/],
];
for (const [text, version2, reason] of REFUSED) {
  test(`no registration of version ${version2 ? 2 : 1}: ${text.slice(0, 60)}`, () => {
    const found = parseRegistration(text, version2);
    assert.equal(typeof found, 'string');
    assert.match(found as string, reason);
  });
}

const CHANGES: [before: object, after: object, fields: string[]][] = [
  [{}, {}, []],
  [{ a: 1 }, { a: 1 }, []],
  [{ a: 1 }, { a: '1' }, ['a']],
  [{ a: undefined }, {}, []],
  [{}, { a: undefined }, []],
  [{ a: null }, {}, ['a']],
  [{ z: 1, b: 1 }, { z: 2, a: 1 }, ['a', 'b', 'z']],
  [{ tags: { x: 1, y: [1] } }, { tags: { y: [1], x: 1 } }, []],
  [{ tags: { x: 1 } }, { tags: { x: 1, y: 2 } }, ['tags']],
  [{ nics: [{ a: 1 }, { b: 1 }] }, { nics: [{ b: 1 }, { a: 1 }] }, ['nics']],
];
for (const [before, after, fields] of CHANGES) {
  test(`changed: ${JSON.stringify(before)} → ${JSON.stringify(after)}`, () => {
    assert.deepEqual(changedFields(before, after), fields);
    assert.deepEqual(changedFields(after, before), fields);
  });
}
