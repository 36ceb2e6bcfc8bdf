// lib/cn-agent/oci-spec/changed-limits.ts: what an update changes in the cgroup of a container that runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedLimits, newDeviceLimits } from '#lib/cn-agent/oci-spec/changed-limits.ts';
import type { HostConfig } from '#lib/cn-agent/oci-spec/docker-settings.ts';
import { specInput } from './parts.ts';

const SLOW = [{ Path: '/dev/sda', Rate: 5 }];
const HEAVY = [{ Path: '/dev/sdb', Weight: 20 }];
const DISKS: Record<string, [number, number]> = { '/dev/sda': [8, 0], '/dev/sdb': [8, 16] };

function change(before: HostConfig, after: HostConfig) {
  const { vm, host } = specInput({ host: { blkioWeight: true } });
  const asked = newDeviceLimits(after, before);
  const named = Object.values(asked).flatMap((list) => (list ?? []).map(({ Path }) => Path));
  const deviceNumbers = Object.fromEntries(named.map((path) => [path, DISKS[path]!]));
  const settings = { vm, host, deviceNumbers };
  return changedLimits(settings, { hostConfig: before, vm }, { hostConfig: after, vm });
}

test('nothing that the cgroup knows', () => {
  assert.equal(change({}, {}), null);
  assert.equal(change({ BlkioDeviceReadBps: SLOW }, { BlkioDeviceReadBps: SLOW }), null);
  assert.equal(change({ BlkioDeviceReadBps: SLOW }, { BlkioDeviceReadBps: [] }), null);
});

test('block I/O: weights, and limits by device', () => {
  const pids = { limit: -1 };
  assert.deepEqual(change({}, { BlkioWeight: 300 }), { pids, blockIO: { weight: 300 } });
  assert.deepEqual(change({ BlkioWeight: 300 }, { BlkioWeight: 300, BlkioWeightDevice: HEAVY }), {
    pids,
    blockIO: { weight: 300, weightDevice: [{ major: 8, minor: 16, weight: 20 }] },
  });
  assert.deepEqual(change({}, { BlkioDeviceWriteIOps: SLOW }), {
    pids,
    blockIO: { throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 5 }] },
  });
});

test('a device that may have gone since the start is not asked for by another limit', () => {
  const before = { BlkioDeviceReadBps: SLOW };
  assert.deepEqual(newDeviceLimits({ ...before, BlkioWeightDevice: HEAVY }, before), {
    BlkioWeightDevice: HEAVY,
  });
  assert.deepEqual(change(before, { ...before, CpuShares: 7 }), { pids: { limit: -1 }, cpu: { shares: 7 } });
});
