// The firewall rules of published ports: Triton's texts, whatever the number of ports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRule } from '#lib/fw-rules/rule.ts';
import { decodeCreate } from '#src/containers/create/decode.ts';
import { applyDefaults } from '#src/containers/create/defaults.ts';
import { portRules } from '#src/containers/create/port-rules.ts';

const VM = '04128191-d2cb-43fc-a970-e4deefe970d8';
const OWNER = '930896af-bf8c-48d4-885c-6573a94b1853';

/** The texts behind "ALLOW" for ports that are published under their own number; each is one that FWAPI takes. */
function allowed(names: string[], HostConfig: object = {}): string[] {
  const ExposedPorts = Object.fromEntries(names.map((name) => [name, {}]));
  const PortBindings = Object.fromEntries(names.map((name) => [name, [{ HostPort: name.split('/')[0] }]]));
  const request = applyDefaults(
    decodeCreate({ Image: 'a', ExposedPorts, HostConfig: { PortBindings, ...HostConfig } }),
  );
  return portRules(request, VM, OWNER).map((payload) => {
    const { rule } = toRule(payload);
    const from = `FROM any TO vm ${VM} ALLOW `;
    assert.ok(rule.startsWith(from), rule);
    return rule.slice(from.length);
  });
}

const tcp = (first: number, count: number) => Array.from({ length: count }, (_, at) => `${first + at}/tcp`);

test('a port, and lists of eight', () => {
  assert.deepEqual(allowed(['80/tcp']), ['tcp PORT 80']);
  assert.deepEqual(allowed(['53/udp', '80/tcp', '443/tcp']), ['tcp (PORT 80 AND PORT 443)', 'udp PORT 53']);
  assert.deepEqual(allowed(tcp(1, 9)), [
    'tcp (PORT 1 AND PORT 2 AND PORT 3 AND PORT 4 AND PORT 5 AND PORT 6 AND PORT 7 AND PORT 8)',
    'tcp PORT 9',
  ]);
  assert.equal(allowed(tcp(1, 128)).length, 16);
});

test('none for a container without an address of its own', () => {
  assert.deepEqual(allowed(['80/tcp'], { NetworkMode: 'none' }), []);
});

test('many ports are one rule of ranges', () => {
  assert.deepEqual(allowed([...tcp(1000, 200), '80/tcp', ...tcp(3000, 2)]), [
    'tcp PORTS 80, 1000 - 1199, 3000 - 3001',
  ]);
});

test('all ports are no more work than they are ports', { timeout: 60_000 }, () => {
  assert.deepEqual(allowed(tcp(1, 65_535)), ['tcp PORTS 1 - 65535']);
});
