// How a run shows in the VM record, and what a record from above may not bring back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Machine, runPatch, withoutRunState } from '#lib/cn-agent/machine.ts';
import { NEVER_RUN, type RunRecord } from '#lib/cn-agent/zone-files.ts';
import { vmRecord } from './vm-record.ts';

const UUID = '5f3a1c00-0000-4000-8000-000000000001';
const image = { uuid: UUID, chainId: null, config: {} };
const RUNNING: RunRecord = { ...NEVER_RUN, phase: 'running', pid: 42, startedAt: '2026-11-24T01:00:00.000Z' };

function machineWith(run: RunRecord): Machine {
  return new Machine('/zones', { v: 1, vm: vmRecord(UUID, { 'docker:cmd': '[]' }), image, rootfs: [] }, run);
}

describe('view', () => {
  it('of a VM that never ran has no trace of a run', () => {
    const vm = machineWith(NEVER_RUN).view();
    assert.equal(vm.state, 'stopped');
    assert.equal(vm.zonepath, `/zones/${UUID}`);
    assert.deepEqual(vm.internal_metadata, { 'docker:cmd': '[]' });
    for (const key of ['pid', 'boot_timestamp', 'exit_status', 'exit_timestamp'])
      assert.ok(!(key in vm), key);
  });

  it('of a running VM', () => {
    const vm = machineWith(RUNNING).view();
    assert.deepEqual(
      [vm.state, vm.zone_state, vm.pid, vm.boot_timestamp],
      ['running', 'running', 42, RUNNING.startedAt],
    );
    assert.equal(vm.internal_metadata['docker:startedat'], RUNNING.startedAt);
  });

  it('of a VM in its back-off is stopped and restarting', () => {
    const run: RunRecord = { ...RUNNING, phase: 'restarting', pid: null, exitStatus: 3, restartCount: 2 };
    const vm = machineWith({ ...run, exitedAt: '2026-11-24T01:00:01.000Z' }).view();
    assert.deepEqual(
      [vm.state, vm.exit_status, vm.exit_timestamp],
      ['stopped', 3, '2026-11-24T01:00:01.000Z'],
    );
    assert.equal(vm.internal_metadata['docker:restarting'], true);
    assert.equal(vm.internal_metadata['docker:restartcount'], 2);
    assert.ok(!('boot_timestamp' in vm));
  });
});

describe('runPatch', () => {
  it('says null for what is gone', () => {
    const patch = runPatch(NEVER_RUN) as Record<string, unknown>;
    assert.equal(patch.pid, null);
    assert.equal(patch.exit_status, null);
    assert.equal(patch.boot_timestamp, null);
  });
});

describe('withoutRunState', () => {
  it('takes away what only the agent knows', () => {
    const vm = { ...machineWith({ ...RUNNING, oomKilled: true }).view(), exit_status: 1 };
    const bare = withoutRunState(vm);
    assert.deepEqual(bare.internal_metadata, { 'docker:cmd': '[]' });
    for (const key of ['pid', 'boot_timestamp', 'exit_status']) assert.ok(!(key in bare), key);
  });
});
