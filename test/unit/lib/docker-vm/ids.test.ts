// lib/docker-vm/ids.ts and metadata.ts: container id and VM uuid, label and tag, both ways.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  idPrefixToUuidPattern,
  idToUuid,
  isDockerId,
  newDockerId,
  shortId,
  uuidToDoubleId,
} from '#lib/docker-vm/ids.ts';
import { LABEL_TAG_PREFIX, labelToTag, MD, tagToLabel } from '#lib/docker-vm/metadata.ts';

const UUID = '0123abcd-4567-489a-bcde-f0123456789a';
const HEX = '0123abcd4567489abcdef0123456789a';
const ID = HEX + 'f'.repeat(32);

test('a new id holds its uuid', () => {
  const { id, uuid } = newDockerId();
  assert.ok(isDockerId(id));
  assert.equal(idToUuid(id), uuid);
  assert.notEqual(newDockerId().id, id);
});

test('id and uuid', () => {
  assert.equal(idToUuid(ID), UUID);
  assert.equal(uuidToDoubleId(UUID), HEX + HEX);
  assert.equal(idToUuid(uuidToDoubleId(UUID)), UUID);
  assert.equal(shortId(ID), '0123abcd4567');
});

for (const text of ['', HEX, `${ID}0`, ID.toUpperCase(), `${ID.slice(1)}g`, `${ID}\n`, UUID]) {
  test(`no whole id: ${JSON.stringify(text.slice(0, 40))} (${text.length})`, () =>
    assert.equal(isDockerId(text), false));
}

const PREFIXES: [prefix: string, pattern: string | null][] = [
  ['0', '0*'],
  ['0123abc', '0123abc*'],
  ['0123abcd', '0123abcd*'],
  ['0123abcd4', '0123abcd-4*'],
  ['0123abcd4567', '0123abcd-4567*'],
  ['0123abcd4567489a', '0123abcd-4567-489a*'],
  ['0123abcd4567489abcde', '0123abcd-4567-489a-bcde*'],
  [HEX.slice(0, 31), `${UUID.slice(0, 35)}*`],
  [HEX, UUID],
  [ID.slice(0, 40), UUID],
  [ID, UUID],
  [`${ID}0`, null],
  ['', null],
  ['*', null],
  ['0*', null],
  ['ABC', null],
  ['web', null],
  [UUID, null],
  ['0)(uuid=*', null],
];
for (const [prefix, pattern] of PREFIXES) {
  test(`prefix ${JSON.stringify(prefix)}`, () => assert.equal(idPrefixToUuidPattern(prefix), pattern));
}

for (const label of [
  'a',
  'com.example.x',
  'triton.cns.services',
  'docker:label:x',
  '',
  'sdc_docker',
  'tritonx',
]) {
  test(`label ${JSON.stringify(label)} comes back from its tag`, () =>
    assert.equal(tagToLabel(labelToTag(label)), label));
}

test('tags that are no labels, and metadata keys that are each their own', () => {
  assert.equal(labelToTag('triton.cns.services'), 'triton.cns.services');
  assert.equal(labelToTag('sdc_docker'), `${LABEL_TAG_PREFIX}sdc_docker`);
  assert.equal(tagToLabel('sdc_docker'), null);
  assert.equal(tagToLabel('role'), null);
  const keys = Object.values(MD);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.every((key) => key.startsWith('docker:')));
});
