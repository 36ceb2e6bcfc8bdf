// kill -9 of the agent and of containerd: what runs goes on, what ended is known, what was half done is finished.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { VmPatch } from '#lib/cn-agent/types.ts';
import { NEVER_RUN, type RunRecord } from '#lib/cn-agent/zone-files.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { testNode } from './node.ts';

const node = testNode(2);
const SLEEP = ['sleep', '1000'];
const stopped = (patch: VmPatch) => patch.state === 'stopped';

/** Kills the agent, does something while it is away, starts it again. */
async function whileAway(fn: () => unknown): Promise<void> {
  await node.agent.kill9();
  try {
    await fn();
  } finally {
    await node.startAgent();
  }
}

/** Nobody waits until it is on disk that a VM runs: without that, and without a task, it would be a start that was cut off. */
async function recorded(uuid: string): Promise<void> {
  const { zonepath } = (await node.agent.vm(uuid))!;
  await waitUntil('the record says that it runs', () => {
    const run = JSON.parse(readFileSync(join(zonepath!, 'run.json'), 'utf8')) as RunRecord;
    return run.phase === 'running';
  });
}

describe('kill -9 of the agent', () => {
  it('a running VM goes on and can be stopped, with its code', async () => {
    const uuid = await node.runTrap('TERM', 6);
    const before = (await node.agent.vm(uuid))!;
    await whileAway(() => undefined);
    const after = (await node.agent.vm(uuid))!;
    assert.deepEqual(
      [after.state, after.pid, after.boot_timestamp],
      ['running', before.pid, before.boot_timestamp],
    );
    assert.equal((await node.agent.run('machine_shutdown', { uuid, timeout: null })).vm.exit_status, 6);
  });

  it('a VM that ended meanwhile has its code', async () => {
    const uuid = await node.run(SLEEP);
    const { pid } = (await node.agent.vm(uuid))!;
    await whileAway(() => process.kill(pid!, 'SIGKILL'));
    const vm = (await node.agent.vm(uuid))!;
    assert.deepEqual([vm.state, vm.exit_status], ['stopped', 137]);
    assert.equal((await node.agent.changed(uuid, stopped)).exit_status, 137);
    await node.agent.run('machine_boot', { uuid });
  });

  it('killed in the middle of boots: each VM either runs or is stopped, and starts', async () => {
    const uuids = await Promise.all([1, 2, 3].map(() => node.create(SLEEP)));
    for (const uuid of uuids) void node.agent.run('machine_boot', { uuid }).catch(() => undefined);
    await node.agent.changed(uuids[0]!, (patch) => patch.state === 'running');
    await whileAway(() => undefined);
    for (const uuid of uuids) {
      if ((await node.agent.vm(uuid))!.state === 'stopped') await node.agent.run('machine_boot', { uuid });
      const { vm } = await node.agent.run('machine_kill', { uuid, signal: 9 });
      assert.equal(vm.exit_status, 137);
    }
  });

  it('a boot that was cut off before the process ran is a failed start, not a run', async () => {
    const uuid = await node.run(SLEEP);
    await node.agent.run('machine_kill', { uuid, signal: 9 });
    const zone = (await node.agent.vm(uuid))!.zonepath!;
    const read = (file: string) => JSON.parse(readFileSync(join(zone, file), 'utf8'));
    await whileAway(async () => {
      const spec = read('spec.json');
      // The first run's network is gone.
      for (const ns of spec.linux.namespaces) delete ns.path;
      await node.containerd.createTask(uuid, spec, read('vm.json').rootfs);
      const run = { ...NEVER_RUN, phase: 'starting', startedAt: new Date().toISOString() };
      writeFileSync(join(zone, 'run.json'), JSON.stringify(run));
    });
    const vm = (await node.agent.vm(uuid))!;
    assert.deepEqual([vm.state, vm.exit_status], ['stopped', 128]);
    assert.match(String(vm.internal_metadata['docker:error']), /cut off/);
    assert.equal(vm.internal_metadata['docker:startedat'], undefined);
    await node.agent.run('machine_boot', { uuid });
  });

  it('a boot that was cut off when the machine went down is made good where the restart policy says so', async () => {
    const policies = { always: 'running', 'on-failure:3': 'running', no: 'stopped' };
    const uuids = await Promise.all(
      Object.keys(policies).map((policy) => node.create(SLEEP, { 'docker:restartpolicy': policy })),
    );
    const zones = await Promise.all(uuids.map(async (uuid) => (await node.agent.vm(uuid))!.zonepath!));
    await whileAway(() => {
      const run = { ...NEVER_RUN, phase: 'starting', startedAt: new Date().toISOString() };
      for (const zone of zones) writeFileSync(join(zone, 'run.json'), JSON.stringify(run));
    });
    const up = (patch: VmPatch) => patch.state === 'running';
    await Promise.all(uuids.slice(0, 2).map((uuid) => node.agent.changed(uuid, up)));
    const states = await Promise.all(uuids.map(async (uuid) => (await node.agent.vm(uuid))!.state));
    assert.deepEqual(states, Object.values(policies));
  });

  it('restart policies: what must run comes up, what was stopped by hand stays', async () => {
    const always = await node.run(SLEEP, { 'docker:restartpolicy': 'always' });
    const unlessStopped = await node.run(SLEEP, { 'docker:restartpolicy': 'unless-stopped' });
    const neverStarted = await node.create(SLEEP, { 'docker:restartpolicy': 'always' });
    const ended = await node.run(SLEEP, { 'docker:restartpolicy': 'on-failure' });
    const { pid } = (await node.agent.vm(ended))!;
    await node.agent.run('machine_kill', { uuid: always, signal: 9 });
    await node.agent.run('machine_kill', { uuid: unlessStopped, signal: 9 });
    await whileAway(() => process.kill(pid!, 'SIGKILL'));
    const up = (patch: VmPatch) => patch.state === 'running';
    await Promise.all([node.agent.changed(always, up), node.agent.changed(ended, up)]);
    assert.equal((await node.agent.vm(unlessStopped))?.state, 'stopped');
    assert.equal((await node.agent.vm(neverStarted))?.state, 'stopped');
  });

  it('a create that was cut off and a destroy that was not finished are cleared away', async () => {
    const uuid = await node.create(SLEEP);
    const zones = dirname((await node.agent.vm(uuid))!.zonepath!);
    const half = join(zones, '11111111-0000-4000-8000-000000000000');
    const grave = join(zones, '.destroyed', '22222222-0000-4000-8000-000000000000.ab');
    await whileAway(() => {
      mkdirSync(half);
      mkdirSync(join(grave, 'etc'), { recursive: true });
    });
    assert.ok(!existsSync(half));
    await node.agent.close();
    assert.deepEqual(readdirSync(join(zones, '.destroyed')), []);
    await node.startAgent();
  });
});

describe('kill -9 of containerd', () => {
  it('a VM that ends while it is away has its code, one that goes on can be stopped', async () => {
    const ends = await node.run(SLEEP);
    const goesOn = await node.run(SLEEP);
    const { pid } = (await node.agent.vm(ends))!;
    await node.containerd.kill9();
    process.kill(pid!, 'SIGKILL');
    node.containerd.start();
    assert.equal((await node.agent.changed(ends, stopped)).exit_status, 137);
    const { vm } = await node.agent.run('machine_kill', { uuid: goesOn, signal: 9 });
    assert.equal(vm.exit_status, 137);
  });

  it('both killed, and all tasks gone as after a reboot of the machine: 255', async () => {
    const uuid = await node.run(SLEEP);
    const { pid } = (await node.agent.vm(uuid))!;
    await recorded(uuid);
    await node.agent.kill9();
    process.kill(pid!, 'SIGKILL');
    await node.containerd.forgetTask(uuid);
    await node.startAgent();
    const vm = (await node.agent.vm(uuid))!;
    assert.deepEqual([vm.state, vm.exit_status], ['stopped', 255]);
  });

  it('both killed, and containerd has lost a task that runs: it is ended, and told so', async () => {
    const uuid = await node.run(SLEEP);
    const { pid } = (await node.agent.vm(uuid))!;
    await recorded(uuid);
    await node.agent.kill9();
    await node.containerd.kill9();
    const endShim = node.containerd.loseTask(uuid, pid!);
    node.containerd.start();
    try {
      await node.startAgent();
    } finally {
      endShim();
    }
    const vm = (await node.agent.vm(uuid))!;
    assert.deepEqual([vm.state, vm.exit_status], ['stopped', 137]);
    assert.equal(existsSync(`/proc/${pid}/exe`), false);
  });
});
