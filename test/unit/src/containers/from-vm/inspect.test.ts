// VM → ContainerInspect and the list's summary, with the edits for old API versions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointKey } from '#lib/docker-vm/endpoints.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { toInspect } from '#src/containers/from-vm/inspect.ts';
import { askedMac } from '#src/containers/from-vm/networks.ts';
import { toSummary } from '#src/containers/from-vm/summary.ts';
import { inspectForVersion, summaryForVersion } from '#src/containers/versions.ts';
import { prefixLength } from '#src/vm/network-ids.ts';
import { buildVm, ID } from '#test/unit/src/vm/build-vm.ts';

const running = buildVm(
  { state: 'running', pid: 7, boot_timestamp: '2026-11-24T10:00:01.000Z' },
  { [MD.startedAt]: '2026-11-24T10:00:01.000Z' },
);

test('inspect: a running container', () => {
  const json = toInspect(running, ['e'.repeat(64)]);
  assert.equal(json.Id, ID);
  assert.equal(json.Name, '/web');
  assert.equal(json.Created, '2026-11-24T10:00:00.12Z');
  assert.deepEqual([json.Path, json.Args], ['sleep', ['a b']]);
  assert.deepEqual(json.ExecIDs, ['e'.repeat(64)]);
  assert.deepEqual(json.Config.Labels, { tier: 'front' });
  assert.deepEqual(json.Mounts, [
    { Type: 'bind', Source: '/srv', Destination: '/data', Mode: 'ro', RW: false, Propagation: 'rprivate' },
  ]);
  const bridge = json.NetworkSettings.Networks.bridge!;
  assert.equal(bridge.IPAddress, '172.29.0.5');
  assert.equal(bridge.IPPrefixLen, 16);
  assert.equal(bridge.Gateway, '172.29.0.1');
  assert.equal(bridge.MacAddress, '90:b8:d0:01:02:03');
  assert.equal(bridge.NetworkID.length, 64);
  assert.equal(bridge.EndpointID.length, 64);
});

test('inspect: a stopped container keeps its network without addresses', () => {
  const { Networks, SandboxID } = toInspect(buildVm(), []).NetworkSettings;
  assert.equal(Networks.bridge?.IPAddress, '');
  assert.equal(Networks.bridge?.EndpointID, '');
  assert.equal(SandboxID, '');
  assert.equal(Networks.bridge?.NetworkID, '');
  const ended = buildVm({ exit_timestamp: '2026-11-24T10:00:09.000Z' });
  assert.equal(toInspect(ended, []).NetworkSettings.Networks.bridge?.NetworkID.length, 64);
});

test('inspect: network none', () => {
  const vm = buildVm({ state: 'running', nics: [] }, { [MD.hostConfig]: '{"NetworkMode":"none"}' });
  assert.deepEqual(Object.keys(toInspect(vm, []).NetworkSettings.Networks), ['none']);
});

test('inspect: broken metadata does not hide the container', () => {
  const vm = buildVm({}, { [MD.config]: '{', [MD.hostConfig]: 'x', [MD.networkingConfig]: '[]' });
  const json = toInspect(vm, []);
  assert.equal(json.Path, 'sleep');
  assert.equal(json.HostConfig.NetworkMode, 'bridge');
});

test('inspect by version: top-level network fields until 1.51, newer endpoint fields only when known', () => {
  const newest = toInspect(running, []);
  const old = inspectForVersion(newest, 43, '').NetworkSettings as Record<string, unknown>;
  assert.equal(old.IPAddress, '172.29.0.5');
  const endpoint = (old.Networks as Record<string, Record<string, unknown>>).bridge!;
  assert.equal('DNSNames' in endpoint, false);
  assert.equal('GwPriority' in endpoint, false);
  const now = inspectForVersion(newest, 52, '').NetworkSettings as Record<string, unknown>;
  assert.equal('IPAddress' in now, false);
});

test('inspect: the MAC address that was asked for, as long as there is no other', () => {
  const asked = { NetworkID: '0f0e0d0c0b0a49088706050403020100'.repeat(2), MacAddress: '02:42:ac:11:00:02' };
  const md = { [endpointKey('bridge')]: JSON.stringify(asked) };
  const created = buildVm({}, md);
  assert.equal(toInspect(created, []).NetworkSettings.Networks.bridge?.MacAddress, asked.MacAddress);
  const ended = buildVm({ exit_timestamp: '2026-11-24T10:00:09.000Z' }, md);
  assert.equal(toInspect(ended, []).NetworkSettings.Networks.bridge?.MacAddress, '');
  // Until 1.52 it stood in the Config as well.
  const config = (version: number) =>
    inspectForVersion(toInspect(ended, []), version, askedMac(ended)).Config;
  assert.equal((config(51) as { MacAddress?: string }).MacAddress, asked.MacAddress);
  assert.equal('MacAddress' in (config(52) as object), false);
  assert.equal(askedMac(buildVm()), '');
});

test('summary', () => {
  const summary = toSummary(running, Date.parse('2026-11-24T10:00:11.000Z'));
  assert.deepEqual(
    [summary.Names, summary.Image, summary.Command, summary.State, summary.Status, summary.Created],
    [['/web'], 'busybox', "sleep 'a b'", 'running', 'Up 10 seconds', 1795514400],
  );
  assert.equal('Health' in summaryForVersion(summary, 51), false);
  assert.equal('Health' in summaryForVersion(summary, 52), true);
});

test('prefix length of a netmask', () => {
  assert.deepEqual(['255.255.255.255', '255.255.252.0', '0.0.0.0'].map(prefixLength), [32, 22, 0]);
});
