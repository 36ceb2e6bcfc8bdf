// lib/registry/platform.ts: the texts of --platform.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localPlatform, type Platform, parsePlatform } from '#lib/registry/platform.ts';

const LOCAL = { os: 'linux', architecture: 'amd64' };
const TEXTS: [text: string, platform: Platform | null][] = [
  ['linux', LOCAL],
  ['windows', { os: 'windows', architecture: 'amd64' }],
  ['linux/amd64', LOCAL],
  ['Linux/X86_64', LOCAL],
  ['amd64', LOCAL],
  ['arm64', { os: 'linux', architecture: 'arm64', variant: 'v8' }],
  ['linux/aarch64', { os: 'linux', architecture: 'arm64', variant: 'v8' }],
  ['linux/arm', { os: 'linux', architecture: 'arm', variant: 'v7' }],
  ['linux/arm/6', { os: 'linux', architecture: 'arm', variant: 'v6' }],
  ['linux/amd64/v1', LOCAL],
  ['linux/amd64/v3', { os: 'linux', architecture: 'amd64', variant: 'v3' }],
  ['linux/constructor', { os: 'linux', architecture: 'constructor' }],
  ['', null],
  ['linux/', null],
  ['linux//v8', null],
  ['a/b/c/d', null],
  ['linux/am d64', null],
  ['linux/amd64;rm', null],
  ['linux/é', null],
];
for (const [text, platform] of TEXTS) {
  test(`platform ${JSON.stringify(text)}`, () => assert.deepEqual(parsePlatform(text, LOCAL), platform));
}

test("this machine's platform", () => {
  assert.deepEqual(localPlatform('x64'), LOCAL);
  assert.deepEqual(localPlatform('arm64'), { os: 'linux', architecture: 'arm64', variant: 'v8' });
  assert.deepEqual(localPlatform('s390x'), { os: 'linux', architecture: 's390x' });
});
