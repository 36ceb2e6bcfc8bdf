// lib/registry/reference.ts against a table of names, as Docker reads them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalString,
  familiarName,
  familiarString,
  parseAnyReference,
  parseNormalizedNamed,
  tagNameOnly,
  withTag,
} from '#lib/registry/reference.ts';

const HEX = 'a'.repeat(64);
const D = `sha256:${HEX}`;

const GOOD: [text: string, canonical: string, familiar: string][] = [
  ['busybox', 'docker.io/library/busybox', 'busybox'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
  ['library/busybox', 'docker.io/library/busybox', 'busybox'],
  ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
  ['index.docker.io/library/busybox', 'docker.io/library/busybox', 'busybox'],
  ['docker.io/user/app:x', 'docker.io/user/app:x', 'user/app:x'],
  ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
  ['localhost/a', 'localhost/a', 'localhost/a'],
  ['localhost:5000/a', 'localhost:5000/a', 'localhost:5000/a'],
  ['127.0.0.1:5000/a/b:t', '127.0.0.1:5000/a/b:t', '127.0.0.1:5000/a/b:t'],
  ['[::1]:5000/a', '[::1]:5000/a', '[::1]:5000/a'],
  ['Example/a', 'Example/a', 'Example/a'],
  [`busybox@${D}`, `docker.io/library/busybox@${D}`, `busybox@${D}`],
  [`a:b@${D}`, `docker.io/library/a:b@${D}`, `a:b@${D}`],
  ['a__b-c---d.e_f', 'docker.io/library/a__b-c---d.e_f', 'a__b-c---d.e_f'],
  ['abcdef0123', 'docker.io/library/abcdef0123', 'abcdef0123'],
  [`a:${'t'.repeat(128)}`, `docker.io/library/a:${'t'.repeat(128)}`, `a:${'t'.repeat(128)}`],
];

for (const [text, canonical, familiar] of GOOD) {
  test(`reference ${text.slice(0, 60)}`, () => {
    const ref = parseNormalizedNamed(text);
    assert.equal(canonicalString(ref), canonical);
    assert.equal(familiarString(ref), familiar);
    assert.deepEqual(parseNormalizedNamed(familiar), ref);
  });
}

const BAD: [text: string, message: RegExp][] = [
  ['', /^invalid reference format$/],
  [':a', /^invalid reference format$/],
  ['a:', /^invalid reference format$/],
  ['a b', /^invalid reference format$/],
  ['a//b', /^invalid reference format$/],
  ['-a', /^invalid reference format$/],
  ['a___b', /^invalid reference format$/],
  ['a..b/c', /^invalid reference format$/],
  ['../etc', /^invalid reference format$/],
  ['http://a/b', /^invalid reference format$/],
  [`a:${'t'.repeat(129)}`, /^invalid reference format$/],
  ['Busybox', /^invalid reference format: repository name \(library\/Busybox\) must be lowercase$/],
  ['user/App:1', /^invalid reference format: repository name \(user\/App\) must be lowercase$/],
  [HEX, /cannot specify 64-byte hexadecimal strings$/],
  [`a@sha256:${'a'.repeat(63)}`, /^invalid checksum digest length$/],
  [`a@sha256:${'A'.repeat(64)}`, /^invalid checksum digest format$/],
  [`a@md5:${'a'.repeat(32)}`, /^unsupported digest algorithm$/],
  ['a'.repeat(256), /^repository name must not be more than 255 characters$/],
  ['a/'.repeat(100_000), /./],
];

for (const [text, message] of BAD) {
  test(`not a reference: ${text.slice(0, 60)}`, () => {
    assert.throws(() => parseNormalizedNamed(text), { name: 'InvalidReferenceError', message });
  });
}

test('whole ids are ids, everything else a name', () => {
  assert.deepEqual(parseAnyReference(HEX), { kind: 'id', digest: D });
  assert.deepEqual(parseAnyReference(D), { kind: 'id', digest: D });
  assert.equal(parseAnyReference(HEX.slice(1)).kind, 'name');
});

test('default tag, tag check, familiar name', () => {
  const ref = parseNormalizedNamed('busybox');
  assert.equal(tagNameOnly(ref).tag, 'latest');
  assert.equal(tagNameOnly(parseNormalizedNamed(`a@${D}`)).tag, undefined);
  assert.throws(() => withTag(ref, 'a b'), { message: 'invalid tag format' });
  assert.equal(familiarName(parseNormalizedNamed('docker.io/a/b:c')), 'a/b');
});

test('any text is a name that reads the same again, or no name', () => {
  let seed = 11;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed >>> 8) % below;
  };
  const parts = [
    'a',
    'b1',
    '/',
    ':',
    '@',
    '.',
    '-',
    '_',
    '__',
    'localhost',
    'docker.io',
    ':5000',
    D,
    'A',
    '[::1]',
    '%',
    '..',
    '\n',
    'é',
    HEX,
  ];
  let names = 0;
  for (let i = 0; i < 40_000; i++) {
    const text = Array.from({ length: 1 + random(7) }, () => parts[random(parts.length)]).join('');
    try {
      const ref = parseNormalizedNamed(text);
      names++;
      assert.match(ref.path, /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/, text);
      assert.deepEqual(parseNormalizedNamed(familiarString(ref)), ref, text);
      assert.deepEqual(parseNormalizedNamed(canonicalString(ref)), ref, text);
    } catch (err) {
      assert.equal((err as Error).name, 'InvalidReferenceError', text);
    }
  }
  assert.ok(names > 1000);
});

test('long texts that nearly are names cost no time', () => {
  const started = process.cpuUsage();
  for (const text of [
    'a.'.repeat(2000),
    'a__'.repeat(1300),
    `${'a-'.repeat(1300)}:`,
    `${'a.b-'.repeat(900)}/a`,
    `a/${'a/'.repeat(2000)}`,
    `a@${'a+'.repeat(2000)}`,
    '-'.repeat(4000),
    `a${'-'.repeat(4000)}`,
  ]) {
    assert.throws(() => parseNormalizedNamed(text));
  }
  assert.ok(process.cpuUsage(started).user < 500_000, `${process.cpuUsage(started).user / 1000} ms`);
});
