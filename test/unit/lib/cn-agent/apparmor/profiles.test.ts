// What the kernel says of its AppArmor profiles, and that ours has the name that containers are given.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { profileNames } from '#lib/cn-agent/apparmor/profiles.ts';
import { DEFAULT_PROFILE } from '#lib/docker-vm/app-armor.ts';

test('the names of loaded profiles, with spaces and paths in them', () => {
  const text = '/usr/sbin/chronyd (enforce)\nlsb release (complain)\ndocker-default (enforce)\n';
  assert.deepEqual(profileNames(text), ['/usr/sbin/chronyd', 'lsb release', 'docker-default']);
  assert.deepEqual(profileNames(''), []);
});

test('the profile of etc/ is the one that containers are given', () => {
  const text = readFileSync('etc/docker-default.apparmor', 'utf8');
  assert.match(text, new RegExp(`^profile ${DEFAULT_PROFILE} `, 'm'));
});
