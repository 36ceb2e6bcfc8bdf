// What is left out of limits that a kernel does not keep, and what dockerd says of each.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitWords } from '#lib/cn-agent/sysinfo.ts';
import { LIMITS, type LimitName } from '#lib/docker-vm/limits.ts';
import { Fields } from '#src/api/fields.ts';
import { decodeResources } from '#src/containers/create/decode.ts';
import { fitLimits } from '#src/containers/create/fit-limits.ts';

const asked = (limits: object) =>
  decodeResources(new Fields(limits as Record<string, unknown>, 'HostConfig'));

/** Asked, what the kernel lacks, warnings by their beginnings, what is left. */
const CASES: [object, LimitName[], string[], object][] = [
  [
    { Memory: 1, MemorySwap: 2 },
    ['memory', 'swap'],
    [
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    ],
    { Memory: 0, MemorySwap: -1 },
  ],
  [
    { Memory: 1 },
    ['swap'],
    ['Your kernel does not support swap limit capabilities'],
    { Memory: 1, MemorySwap: -1 },
  ],
  [{ Memory: 1, MemorySwap: -1 }, ['swap'], [], { MemorySwap: -1 }],
  [
    { MemorySwappiness: 10 },
    ['swappiness'],
    ['Your kernel does not support memory swappiness'],
    { MemorySwappiness: null },
  ],
  [{ MemorySwappiness: -1 }, ['swappiness'], [], { MemorySwappiness: -1 }],
  [
    { MemoryReservation: 1 },
    ['reservation'],
    ['Your kernel does not support memory soft limit'],
    { MemoryReservation: 0 },
  ],
  [
    { OomKillDisable: true },
    ['oomKill'],
    ['Your kernel does not support OomKillDisable. OomKillDisable discarded.'],
    { OomKillDisable: null },
  ],
  [{ OomKillDisable: false }, ['oomKill'], [], { OomKillDisable: false }],
  [
    { OomKillDisable: true },
    [],
    ['OOM killer is disabled for the container, but no memory limit is set'],
    { OomKillDisable: true },
  ],
  [{ OomKillDisable: true, Memory: 1 }, [], [], { OomKillDisable: true }],
  [{ PidsLimit: 1 }, ['pids'], ['Your kernel does not support PIDs limit'], { PidsLimit: null }],
  [
    { CpuShares: 1, CpuQuota: 1, CpusetCpus: '0' },
    ['cpuShares', 'cpuCfs', 'cpuset'],
    [
      'Your kernel does not support CPU shares',
      'Your kernel does not support CPU CFS scheduler.',
      'Your kernel does not support cpuset',
    ],
    { CpuShares: 0, CpuQuota: 0, CpusetCpus: '' },
  ],
  [
    { BlkioWeight: 10, BlkioWeightDevice: [{}], BlkioDeviceReadBps: [{}] },
    ['blkioWeight', 'blkioThrottle'],
    [
      'Your kernel does not support Block I/O weight or',
      'Your kernel does not support Block I/O weight_device or',
      'Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.',
    ],
    { BlkioWeight: 0, BlkioWeightDevice: [], BlkioDeviceReadBps: [] },
  ],
  [{}, Object.keys(LIMITS) as LimitName[], [], {}],
];

describe('fitLimits', () => {
  for (const [limits, lacks, beginnings, left] of CASES) {
    it(`${JSON.stringify(limits)} without ${lacks.join(', ')}`, () => {
      const { host, warnings } = fitLimits(asked(limits), (limit) => !lacks.includes(limit));
      assert.equal(warnings.length, beginnings.length, warnings.join('\n'));
      for (const [at, text] of beginnings.entries()) assert.equal(warnings[at]?.slice(0, text.length), text);
      assert.partialDeepStrictEqual(host, left);
    });
  }
});

it('a node tells of the limits that its kernel keeps', () => {
  const v2 = { cgroup: 'v2', controllers: ['memory', 'cpu'], swapLimit: false, blkioWeight: false } as const;
  assert.deepEqual(limitWords({ ...v2, controllers: [...v2.controllers] }), [
    LIMITS.memory,
    LIMITS.reservation,
    LIMITS.cpuShares,
    LIMITS.cpuCfs,
  ]);
  const v1 = {
    cgroup: 'v1',
    controllers: ['memory', 'pids', 'cpu', 'cpuset', 'blkio'],
    swapLimit: true,
    blkioWeight: true,
  } as const;
  assert.deepEqual(limitWords({ ...v1, controllers: [...v1.controllers] }), Object.values(LIMITS));
});
