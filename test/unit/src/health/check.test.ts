// src/health/check.ts: dockerd's defaults, kinds of tests, and what has no check.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { checkOf } from '#src/health/check.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const vmWith = (config: object) => buildVm({}, { [MD.config]: JSON.stringify(config) });
const DEFAULT = {
  interval: 30_000,
  timeoutNs: 30e9,
  startPeriod: 0,
  startInterval: 5000,
  retries: 3,
};

const cases: [string, object, unknown][] = [
  ['CMD', { Healthcheck: { Test: ['CMD', 'a', 'b c'] } }, { ...DEFAULT, cmd: ['a', 'b c'] }],
  [
    'CMD-SHELL',
    { Healthcheck: { Test: ['CMD-SHELL', 'a b'] } },
    { ...DEFAULT, cmd: ['/bin/sh', '-c', 'a b'] },
  ],
  [
    'the shell of the image',
    { Healthcheck: { Test: ['CMD-SHELL', 'a'] }, Shell: ['/bin/bash', '-ec'] },
    { ...DEFAULT, cmd: ['/bin/bash', '-ec', 'a'] },
  ],
  [
    'its own times',
    {
      Healthcheck: {
        Test: ['CMD', 'a'],
        Interval: 1e9,
        Timeout: 5e8,
        StartPeriod: 2e9,
        StartInterval: 1e8,
        Retries: 1,
      },
    },
    {
      cmd: ['a'],
      interval: 1000,
      timeoutNs: 5e8,
      startPeriod: 2000,
      startInterval: 100,
      retries: 1,
    },
  ],
  ['NONE', { Healthcheck: { Test: ['NONE'] } }, null],
  ['none at all', {}, null],
  ['no test', { Healthcheck: { Interval: 1e9 } }, null],
  ['a CMD without words', { Healthcheck: { Test: ['CMD'] } }, null],
  ['another kind', { Healthcheck: { Test: ['HTTP', '/'] } }, null],
];
for (const [name, config, want] of cases) {
  test(name, () => assert.deepEqual(checkOf(vmWith(config)), want));
}

test('a VM of the old sdc-docker has none', () => {
  const vm = buildVm();
  delete vm.internal_metadata[MD.config];
  assert.equal(checkOf(vm), null);
});
