// dockerd's checks of capabilities, security options and CPU lists at create.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilityName } from '#lib/docker-vm/capabilities.ts';
import { validateCapabilities, validateSecurityOptions } from '#src/containers/create/validate-isolation.ts';

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
