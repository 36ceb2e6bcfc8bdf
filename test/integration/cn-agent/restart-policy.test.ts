// Automatic restarts on a real containerd.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VmPatch } from '#lib/cn-agent/types.ts';
import { testNode } from './node.ts';

const node = testNode(1);
const policy = (name: string) => ({ 'docker:restartpolicy': name });
const restarting = (patch: VmPatch) => patch.internal_metadata?.['docker:restarting'] === true;
const plainlyStopped = (patch: VmPatch) => patch.state === 'stopped' && !restarting(patch);

function history(uuid: string): string[] {
  return node.agent.changes
    .filter((change) => change.uuid === uuid)
    .map(({ patch }) => (restarting(patch) ? 'restarting' : String(patch.state)));
}

describe('restart policy', () => {
  it('on-failure:2 restarts twice, tells each end before the next start, and gives up', async () => {
    const uuid = await node.run(['sh', '-c', 'exit 4'], policy('on-failure:2'));
    const end = await node.agent.changed(uuid, plainlyStopped);
    assert.equal(end.exit_status, 4);
    assert.equal(end.internal_metadata?.['docker:restartcount'], 2);
    assert.deepEqual(history(uuid), ['running', 'restarting', 'running', 'restarting', 'running', 'stopped']);
  });

  it('on-failure leaves a good end alone', async () => {
    const uuid = await node.run(['true'], policy('on-failure'));
    await node.agent.changed(uuid, plainlyStopped);
    assert.deepEqual(history(uuid), ['running', 'stopped']);
  });

  it('always restarts a good end; a stop during the back-off ends it', async () => {
    const uuid = await node.run(['true'], policy('always'));
    // The third back-off is 400 ms: time to stop in it.
    await node.agent.changed(
      uuid,
      (p) => restarting(p) && p.internal_metadata?.['docker:restartcount'] === 3,
    );
    const { vm } = await node.agent.run('machine_shutdown', { uuid, timeout: null });
    assert.equal(vm.state, 'stopped');
    assert.equal(vm.internal_metadata['docker:restarting'], undefined);
    const ended = history(uuid).length;
    await node.agent.run('machine_boot', { uuid });
    assert.deepEqual(history(uuid).slice(ended - 1, ended + 1), ['stopped', 'running']);
    const vmNow = await node.agent.vm(uuid);
    assert.ok(Number(vmNow?.internal_metadata['docker:restartcount'] ?? 0) < 3);
    await node.agent.run('machine_destroy', { uuid });
  });

  it('a stop by hand suppresses it, a start by hand brings it back', async () => {
    const uuid = await node.run(['sleep', '1000'], policy('unless-stopped'));
    await node.agent.run('machine_kill', { uuid, signal: 'KILL' });
    assert.deepEqual(history(uuid), ['running', 'stopped']);
    await node.agent.run('machine_boot', { uuid });
    const { pid } = (await node.agent.vm(uuid))!;
    process.kill(pid!, 'SIGKILL');
    await node.agent.changed(uuid, restarting);
    await node.agent.changed(uuid, (p) => p.state === 'running', node.agent.changes.length);
    await node.agent.run('machine_destroy', { uuid });
  });

  it('a policy given by an update counts at the next end', async () => {
    const uuid = await node.run(['sleep', '1000']);
    const vm = (await node.agent.vm(uuid))!;
    await node.agent.run('machine_update', {
      vm: { ...vm, internal_metadata: { ...vm.internal_metadata, ...policy('always') } },
    });
    process.kill(vm.pid!, 'SIGKILL');
    await node.agent.changed(uuid, restarting);
    await node.agent.run('machine_destroy', { uuid });
  });
});
