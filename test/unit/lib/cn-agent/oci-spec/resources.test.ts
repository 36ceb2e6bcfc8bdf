// lib/cn-agent/oci-spec/resources.ts: limits of the package and of HostConfig, on every kind of cgroup.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '#lib/cn-agent/oci-spec/resources.ts';
import { type Asked, specInput } from './parts.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const limits = (asked: Asked) => {
  const input = specInput(asked);
  return resources(input, (asked.hostConfig ?? {}) as Parameters<typeof resources>[1]);
};
const PACKAGE = { max_physical_memory: 1024, max_swap: 4096, cpu_cap: 150, cpu_shares: 8, max_lwps: 4000 };
const IO = { Path: '/dev/sda', Rate: 5 };
const KNOWN = { deviceNumbers: { '/dev/sda': [8, 0] as [number, number] } };
const LIMITS: [what: string, asked: Asked, expected: object][] = [
  ['no package, nothing asked', {}, {}],
  [
    'of the package',
    { vm: PACKAGE },
    {
      memory: { limit: GIB, swap: 4 * GIB },
      cpu: { shares: 1024, quota: 150_000, period: 100_000 },
      pids: { limit: 4000 },
    },
  ],
  [
    'the same on v2',
    { vm: PACKAGE, host: { cgroup: 'v2' } },
    {
      memory: { limit: GIB, swap: 4 * GIB },
      cpu: { shares: 1024, quota: 150_000, period: 100_000 },
      pids: { limit: 4000 },
    },
  ],
  [
    'the same on hybrid',
    { vm: PACKAGE, host: { cgroup: 'hybrid' } },
    {
      memory: { limit: GIB, swap: 4 * GIB },
      cpu: { shares: 1024, quota: 150_000, period: 100_000 },
      pids: { limit: 4000 },
    },
  ],
  [
    'a package larger than the machine sets nothing',
    { vm: { max_physical_memory: 32_768, cpu_cap: 400 } },
    {},
  ],
  [
    'asked for wins over the package',
    { vm: PACKAGE, hostConfig: { Memory: 64 * MIB, CpuShares: 2, NanoCpus: 5e8, PidsLimit: 7 } },
    {
      memory: { limit: 64 * MIB, swap: 128 * MIB },
      cpu: { shares: 2, quota: 50_000, period: 100_000 },
      pids: { limit: 7 },
    },
  ],
  [
    'swap as asked, and without end',
    { hostConfig: { Memory: 64 * MIB, MemorySwap: -1 } },
    { memory: { limit: 64 * MIB, swap: -1 } },
  ],
  [
    'swap equal to memory',
    { hostConfig: { Memory: 64 * MIB, MemorySwap: 64 * MIB } },
    { memory: { limit: 64 * MIB, swap: 64 * MIB } },
  ],
  [
    'a machine that cannot limit swap',
    { hostConfig: { Memory: 64 * MIB, MemorySwap: 128 * MIB }, host: { swapLimit: false } },
    { memory: { limit: 64 * MIB } },
  ],
  [
    'a package with less swap than memory',
    { vm: { max_physical_memory: 1024, max_swap: 512 } },
    { memory: { limit: GIB, swap: 2 * GIB } },
  ],
  [
    'swappiness and OOM killer on v1',
    { hostConfig: { MemorySwappiness: 0, OomKillDisable: true } },
    { memory: { swappiness: 0, disableOOMKiller: true } },
  ],
  [
    'and on hybrid',
    { hostConfig: { MemorySwappiness: 60, OomKillDisable: true }, host: { cgroup: 'hybrid' } },
    { memory: { swappiness: 60, disableOOMKiller: true } },
  ],
  [
    'which v2 does not have',
    {
      hostConfig: { MemorySwappiness: 60, OomKillDisable: true, MemoryReservation: 5 },
      host: { cgroup: 'v2' },
    },
    { memory: { reservation: 5 } },
  ],
  ['swappiness -1 says nothing', { hostConfig: { MemorySwappiness: -1 } }, {}],
  [
    'a quota of its own keeps the package out',
    { vm: { cpu_cap: 100 }, hostConfig: { CpuQuota: 5000 } },
    { cpu: { quota: 5000 } },
  ],
  [
    'so does a period',
    { vm: { cpu_cap: 100 }, hostConfig: { CpuPeriod: 50_000 } },
    { cpu: { period: 50_000 } },
  ],
  [
    'a thousandth of a processor',
    { hostConfig: { NanoCpus: 1e7 } },
    { cpu: { quota: 1000, period: 100_000 } },
  ],
  [
    'processors and nodes',
    { hostConfig: { CpusetCpus: '0-1', CpusetMems: '0', CpuRealtimePeriod: 5, CpuRealtimeRuntime: 4 } },
    { cpu: { realtimeRuntime: 4, realtimePeriod: 5, cpus: '0-1', mems: '0' } },
  ],
  [
    'processes without a limit',
    { vm: PACKAGE, hostConfig: { PidsLimit: -5 }, host: { controllers: ['pids'] } },
    { pids: { limit: -1 } },
  ],
  [
    "0 processes is the package's",
    { vm: PACKAGE, hostConfig: { PidsLimit: 0 }, host: { controllers: ['pids'] } },
    { pids: { limit: 4000 } },
  ],
  [
    'a machine without controllers',
    { vm: PACKAGE, hostConfig: { Memory: MIB, CpusetCpus: '0', BlkioWeight: 10 }, host: { controllers: [] } },
    {},
  ],
  [
    'cpu without cpuset',
    { hostConfig: { CpuShares: 5, CpusetCpus: '0' }, host: { controllers: ['cpu'] } },
    { cpu: { shares: 5 } },
  ],
  [
    'block devices',
    {
      hostConfig: {
        BlkioWeight: 10,
        BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 9 }],
        BlkioDeviceReadBps: [IO],
        BlkioDeviceWriteIOps: [IO, { Path: '/dev/none', Rate: 1 }],
        BlkioDeviceWriteBps: null,
      },
      input: KNOWN,
    },
    {
      blockIO: {
        weight: 10,
        weightDevice: [{ major: 8, minor: 0, weight: 9 }],
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 5 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 5 }],
      },
    },
  ],
  [
    'weights where the machine has none',
    {
      hostConfig: {
        BlkioWeight: 10,
        BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 9 }],
        BlkioDeviceReadIOps: [IO],
      },
      input: KNOWN,
      host: { blkioWeight: false },
    },
    { blockIO: { throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 5 }] } },
  ],
];
for (const [what, asked, expected] of LIMITS)
  test(`limits: ${what}`, () => assert.deepEqual(limits(asked), expected));
