// Addresses and blocks of both families.
import assert from 'node:assert/strict';
import test from 'node:test';
import { canonicalIp, cidrsOverlap, contains, formatBlock, parseBlock, parseIp } from '#lib/wire/ip.ts';

const SAME: [string, string | null][] = [
  ['10.0.0.1', '10.0.0.1'],
  ['255.255.255.255', '255.255.255.255'],
  ['fd00::1', 'fd00::1'],
  ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
  ['::', '::'],
  ['::1', '::1'],
  ['fd00::', 'fd00::'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['::ffff:1.2.3.4', '::ffff:102:304'],
  ['fe80::1%eth0', null],
  ['fd00::1::2', null],
  ['fd00', null],
  ['', null],
  ['1.2.3', null],
];
for (const [text, canonical] of SAME) {
  test(`address '${text}'`, () => assert.equal(canonicalIp(text), canonical));
}

const BLOCKS: [string, string | null][] = [
  ['10.1.2.3/16', '10.1.0.0/16'],
  ['fd00:1::5/64', 'fd00:1::/64'],
  ['fd00:1::5/128', 'fd00:1::5/128'],
  ['::/0', '::/0'],
  ['fd00::/129', null],
  ['10.0.0.0/33', null],
  ['fd00::', null],
  ['fd00::/', null],
  ['fd00::/64/2', null],
  ['fd00::/x', null],
];
for (const [text, canonical] of BLOCKS) {
  test(`block '${text}'`, () => {
    const block = parseBlock(text);
    assert.equal(block && formatBlock(block), canonical);
  });
}

test('what lies in a block, and which blocks meet', () => {
  const block = parseBlock('fd00:1::/64')!;
  assert.equal(contains(block, parseIp('fd00:1::ffff')!), true);
  assert.equal(contains(block, parseIp('fd00:1:0:1::')!), false);
  assert.equal(contains(block, parseIp('10.0.0.1')!), false);
  assert.equal(cidrsOverlap('fd00::/48', 'fd00:0:0:5::/64'), true);
  assert.equal(cidrsOverlap('fd00::/64', 'fd00:0:0:1::/64'), false);
  assert.equal(cidrsOverlap('10.0.0.0/8', '10.1.0.0/16'), true);
  assert.equal(cidrsOverlap('10.0.0.0/25', '10.0.0.127/32'), true);
  assert.equal(cidrsOverlap('10.0.0.0/24', '10.0.1.0/24'), false);
  assert.equal(cidrsOverlap('x', '10.0.0.0/8'), false);
  assert.equal(cidrsOverlap('0.0.0.0/0', '::/0'), false);
});
