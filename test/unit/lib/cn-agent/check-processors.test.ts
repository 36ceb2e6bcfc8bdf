// Limits that name processors and memory nodes which the machine does not have.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalOf } from '#lib/cn-agent/check-processors.ts';

const HAS = { count: 3, cpus: '0-1,4', mems: '0' };

describe('refusalOf', () => {
  const cases: [object, string | null][] = [
    [{}, null],
    [{ NanoCpus: 3e9, CpusetCpus: '', CpusetMems: '0' }, null],
    [{ NanoCpus: 3.01e9 }, 'Range of CPUs is from 0.01 to 3.00, as there are only 3 CPUs available'],
    [{ CpusetCpus: '0,1' }, null],
    [{ CpusetCpus: '4,0-1' }, null],
    [{ CpusetCpus: '0-4' }, 'Requested CPUs are not available - requested 0-4, available: 0-1,4'],
    [{ CpusetCpus: '1,7' }, 'Requested CPUs are not available - requested 1,7, available: 0-1,4'],
    [
      { CpusetCpus: '0-4000000000' },
      'Requested CPUs are not available - requested 0-4000000000, available: 0-1,4',
    ],
    [{ CpusetMems: '1' }, 'Requested memory nodes are not available - requested 1, available: 0'],
  ];
  for (const [host, text] of cases) {
    it(JSON.stringify(host), () => assert.equal(refusalOf(host, HAS), text));
  }
});
