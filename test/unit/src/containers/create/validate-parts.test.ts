// dockerd's checks of capabilities, security options, log options and CPU lists at create.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilityName } from '#lib/docker-vm/capabilities.ts';
import { validateCapabilities, validateSecurityOptions } from '#src/containers/create/validate-isolation.ts';
import { validateLogConfig } from '#src/containers/create/validate-log-config.ts';

test('capabilities in every way of writing them', () => {
  assert.equal(capabilityName('net_admin'), 'CAP_NET_ADMIN');
  assert.equal(capabilityName('all'), 'ALL');
  validateCapabilities({ CapAdd: ['ALL', 'CAP_CHOWN', 'sys_time'], CapDrop: null });
  const cases: [string[] | null, string[] | null, string][] = [
    [['NOSUCH'], null, 'invalid CapAdd: unknown capability: "CAP_NOSUCH"'],
    [null, ['cap_x'], 'invalid CapDrop: unknown capability: "CAP_X"'],
  ];
  for (const [CapAdd, CapDrop, message] of cases) {
    assert.throws(() => validateCapabilities({ CapAdd, CapDrop }), { kind: 'invalid', message });
  }
});

test('security options', () => {
  validateSecurityOptions([
    'no-new-privileges',
    'no-new-privileges:true',
    'seccomp=unconfined',
    'label=disable',
  ]);
  validateSecurityOptions(['apparmor:unconfined', 'writable-cgroups=false', 'disable']);
  const cases: [string, string][] = [
    ['nosuch', 'invalid --security-opt 1: "nosuch"'],
    ['nosuch=1', 'invalid --security-opt 2: "nosuch=1"'],
    ['no-new-privileges=perhaps', 'invalid --security-opt 2: "no-new-privileges=perhaps"'],
  ];
  for (const [option, message] of cases) {
    assert.throws(() => validateSecurityOptions([option]), { kind: 'invalid', message });
  }
});

test('log options', () => {
  const good: [string, Record<string, string>][] = [
    ['', { 'max-size': '10m', 'max-file': '3', tag: 'x', mode: 'non-blocking' }],
    ['local', { compress: 'false', 'max-size': '1.5GiB' }],
    ['none', { whatever: '1' }],
    ['json-file', { 'max-size': '-1' }],
  ];
  for (const [Type, Config] of good) validateLogConfig({ Type, Config });
  const bad: [string, Record<string, string>, string][] = [
    ['', { nosuch: '1' }, "unknown log opt 'nosuch' for json-file log driver"],
    ['local', { tag: '1' }, "unknown log opt 'tag' for log driver local"],
    ['json-file', { 'max-size': 'x' }, "invalid size: 'x'"],
    ['local', { 'max-file': 'x' }, 'strconv.Atoi: parsing "x": invalid syntax'],
  ];
  for (const [Type, Config, message] of bad) {
    assert.throws(() => validateLogConfig({ Type, Config }), { kind: 'invalid', message });
  }
});
