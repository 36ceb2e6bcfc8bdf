// Signals, query values, ps arguments, prune's until, --rm, and update: the small tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { Fields } from '#src/api/fields.ts';
import { queryBool, queryInt, queryTimestamp, queryUint32 } from '#src/api/query.ts';
import { filterUntil } from '#src/api/until.ts';
import { isDueForRemoval } from '#src/containers/auto-remove.ts';
import { decodeResources } from '#src/containers/create/decode.ts';
import { randomName } from '#src/containers/create/random-name.ts';
import { isPrunable } from '#src/containers/prune.ts';
import { isLinuxSignal, parseSignal } from '#src/containers/signals.ts';
import { parsePsArgs, toTop } from '#src/containers/top-psinfo.ts';
import type { HostConfig } from '#src/containers/types.ts';
import { updated } from '#src/containers/update.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

test('signals', () => {
  assert.deepEqual(
    ['TERM', 'SIGKILL', 'sigint', '15', 'RTMIN+1', 'rtmax-14'].map(parseSignal),
    [15, 9, 2, 15, 35, 50],
  );
  for (const text of ['FOO', '0', '', 'SIGSIGTERM'])
    assert.throws(() => parseSignal(text), /invalid signal: /);
  assert.deepEqual([9, 64, 65, -1].map(isLinuxSignal), [true, true, false, false]);
});

test('query values', () => {
  assert.deepEqual(['1', 'true', 'yes', '0', 'False', 'none', '', undefined].map(queryBool), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  assert.deepEqual([queryInt('-1'), queryInt(''), queryInt(undefined)], [-1, null, null]);
  assert.throws(() => queryInt('1.5'), /strconv.Atoi: parsing "1.5": invalid syntax/);
  assert.equal(queryUint32('80', 'width'), 80);
  assert.throws(() => queryUint32('-1', 'width'), /value out of range/);
  assert.throws(() => queryUint32(undefined, 'height'), /invalid resize height "": invalid syntax/);
  assert.equal(queryTimestamp('1700000000.5', 'since'), '2023-11-14T22:13:20.500000000Z');
  assert.equal(queryTimestamp('0', 'since'), '');
  assert.throws(() => queryTimestamp('yesterday', 'since'), /invalid value for "since"/);
});

test('random names are valid and change', () => {
  const names = new Set(Array.from({ length: 20 }, () => randomName(0)));
  for (const name of names) assert.match(name, /^[a-z]+_[a-z]+$/);
  assert.ok(names.size > 10);
  assert.match(randomName(3), /^[a-z]+_[a-z]+\d{1,3}$/);
});

test('top', () => {
  const procs = [
    {
      psinfo: {
        pr_pid: 20,
        pr_ppid: 10,
        pr_euid: 1000,
        pr_psargs: 'sleep 9',
        pr_time: 3725,
        pr_ttydev: '?',
        pr_start: 0,
      },
    },
    {
      psinfo: {
        pr_pid: 10,
        pr_ppid: 1,
        pr_euid: 0,
        pr_psargs: 'sh',
        pr_time: 0,
        pr_ttydev: 'pts/0',
        pr_start: 0,
      },
    },
  ];
  const { Titles, Processes } = toTop(procs, parsePsArgs('-ef'), 60_000);
  assert.deepEqual(Titles, ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
  assert.deepEqual(Processes[0], ['root', '10', '1', '0', '00:00', 'pts/0', '00:00:00', 'sh']);
  assert.deepEqual(Processes[1]?.slice(0, 3).concat(Processes[1]?.slice(6)), [
    '1000',
    '20',
    '10',
    '01:02:05',
    'sleep 9',
  ]);
  assert.deepEqual(toTop(procs, parsePsArgs('-o pid,cmd'), 0).Titles, ['PID', 'CMD']);
  assert.equal(parsePsArgs('aux')[0]?.title, 'USER');
  assert.throws(() => parsePsArgs('--help'), /not known/);
});

test('prune', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  const until = (value: string) => filterUntil(new Map([['until', new Set([value])]]), now);
  assert.equal(until('1h30m'), now - 5_400_000);
  assert.equal(until('1700000000'), 1_700_000_000_000);
  assert.equal(until('2026-11-24T10:00:00Z'), Date.parse('2026-11-24T10:00:00Z'));
  assert.throws(() => until('soon'), /failed to parse value/);
  const none = new Map<string, Set<string>>();
  assert.equal(isPrunable(buildVm(), none, null), true);
  assert.equal(isPrunable(buildVm({ state: 'running' }), none, null), false);
  assert.equal(isPrunable(buildVm(), none, Date.parse('2026-11-24T09:00:00Z')), false);
  assert.equal(isPrunable(buildVm(), new Map([['label!', new Set(['tier'])]]), null), false);
  assert.equal(isPrunable(buildVm(), new Map([['label', new Set(['tier=front'])]]), null), true);
});

test('--rm: only what has run and will not run again goes', () => {
  const rm = { [MD.autoRemove]: true };
  assert.equal(isDueForRemoval(buildVm({ exit_status: 0 }, rm)), true);
  assert.equal(isDueForRemoval(buildVm({}, rm)), false);
  assert.equal(isDueForRemoval(buildVm({ exit_status: 0 }, { ...rm, [MD.restarting]: true })), false);
  assert.equal(isDueForRemoval(buildVm({ state: 'running' }, rm)), false);
  assert.equal(isDueForRemoval(buildVm({ exit_status: 0 })), false);
});

test('update', () => {
  const before = {
    Memory: 64 << 20,
    MemorySwap: 128 << 20,
    MemoryReservation: 0,
    MemorySwappiness: null,
    BlkioWeight: 0,
    CpusetCpus: '',
    CpusetMems: '',
    CpuShares: 0,
    CpuPeriod: 0,
    CpuQuota: 0,
    NanoCpus: 0,
    IOMaximumBandwidth: 0,
    IOMaximumIOps: 0,
    ShmSize: 1,
    OomScoreAdj: 0,
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: false,
  } as unknown as HostConfig;
  const ask = (body: object) => {
    const { RestartPolicy: policy, ...limits } = body as { RestartPolicy?: { Name: string } };
    const wanted = decodeResources(new Fields(limits, 'UpdateConfig'));
    return { wanted, policy: policy ? { ...policy, MaximumRetryCount: 0 } : null };
  };
  const change = (body: object) => updated(before, ask(body), 'c1');
  assert.equal(change({ Memory: 32 << 20 }).Memory, 32 << 20);
  assert.equal(change({}).Memory, 64 << 20);
  assert.equal(change({ RestartPolicy: { Name: 'always' } }).RestartPolicy.Name, 'always');
  assert.throws(() => change({ Memory: 256 << 20 }), {
    kind: 'conflict',
    message: /^Cannot update container c1: .* update the memoryswap at the same time$/,
  });
  assert.equal(change({ PidsLimit: -1 }).PidsLimit, 0);
  const slow = [{ Path: '/dev/sda', Rate: 1 }];
  const throttled = { ...before, BlkioDeviceReadBps: slow, BlkioWeightDevice: null };
  const io = updated(throttled, ask({ BlkioWeightDevice: [], BlkioDeviceWriteIOps: slow }), 'c1');
  assert.deepEqual(
    [io.BlkioDeviceReadBps, io.BlkioWeightDevice, io.BlkioDeviceWriteIOps, io.BlkioDeviceWriteBps],
    [slow, [], slow, undefined],
  );
  // As dockerd, an update is looked at for itself, before what stands already.
  for (const asked of [{ Memory: 1 }, { Memory: 1, MemorySwap: -1 }]) {
    assert.throws(() => change(asked), /Minimum memory limit/);
  }
  assert.equal(change({ MemoryReservation: 128 << 20 }).MemoryReservation, 128 << 20);
  const unlimited = { ...before, Memory: 0, MemorySwap: 0 };
  assert.equal(updated(unlimited, ask({ MemorySwap: 64 << 20 }), 'c1').MemorySwap, 64 << 20);
  const other = (set: object, body: object) => () => updated({ ...before, ...set }, ask(body), 'c1');
  const cpuCases: [object, object, string][] = [
    [{ NanoCpus: 1e9 }, { CpuQuota: 50_000 }, 'CPU Quota cannot be updated as NanoCPUs has'],
    [{ NanoCpus: 1e9 }, { CpuPeriod: 50_000 }, 'CPU Period cannot be updated as NanoCPUs has'],
    [{ CpuQuota: 50_000 }, { NanoCpus: 1e9 }, 'Nano CPUs cannot be updated as CPU Quota has'],
    [{ CpuPeriod: 50_000 }, { NanoCpus: 1e9 }, 'Nano CPUs cannot be updated as CPU Period has'],
  ];
  for (const [set, body, text] of cpuCases) {
    const message = `Cannot update container c1: Conflicting options: ${text} already been set`;
    assert.throws(other(set, body), { kind: 'conflict', message });
  }
});
