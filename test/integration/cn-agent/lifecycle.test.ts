// create, boot, exit codes, stop, kill, reboot, destroy on a real containerd.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { DOCKER_CAPABILITIES } from '#lib/cn-agent/sysinfo.ts';
import type { VmPatch } from '#lib/cn-agent/types.ts';
import { testNode } from './node.ts';

const node = testNode(0);
const SLEEP = ['sleep', '1000'];
/** busybox sh as pid 1 obeys no signal that it has no trap for. */
const DEAF = ['sh', '-c', 'trap "" TERM; while :; do sleep 1000; done'];

const stopped = (patch: VmPatch) => patch.state === 'stopped';

describe('machine_create', () => {
  it('gives a stopped VM and refuses a second of the same uuid', async () => {
    const uuid = await node.create(SLEEP);
    const vm = await node.agent.vm(uuid);
    assert.equal(vm?.state, 'stopped');
    assert.ok(vm?.zonepath?.endsWith(uuid));
    assert.equal(vm?.pid, undefined);
    const image = { uuid, chainId: null, config: {} };
    await assert.rejects(node.agent.run('machine_create', { vm: vm!, image }), {
      restCode: 'VmAlreadyExists',
    });
    assert.equal((await node.agent.vm(uuid))?.state, 'stopped');
  });

  it('leaves nothing behind when the image is missing', async () => {
    const uuid = await node.create(SLEEP);
    const vm = (await node.agent.vm(uuid))!;
    await node.agent.run('machine_destroy', { uuid });
    const image = { uuid, chainId: 'no-such-snapshot', config: {} };
    await assert.rejects(node.agent.run('machine_create', { vm, image }));
    assert.equal(await node.agent.vm(uuid), undefined);
    assert.ok(!existsSync(vm.zonepath!));
  });

  it('refuses a uuid that is no uuid', async () => {
    const vm = { ...(await node.agent.vm(await node.create(SLEEP)))!, uuid: '../evil' };
    const image = { uuid: '', chainId: null, config: {} };
    await assert.rejects(node.agent.run('machine_create', { vm, image }), { restCode: 'ValidationFailed' });
  });

  it('makes the image’s volumes as directories, and no link leads out', async () => {
    const uuid = await node.create(SLEEP);
    const vm = { ...(await node.agent.vm(uuid))! };
    await node.agent.run('machine_destroy', { uuid });
    const config = { config: { Volumes: { '/data/deep': {} } } };
    const metadata = { 'docker:cmd': JSON.stringify(['test', '-d', '/data/deep']) };
    await node.agent.run('machine_create', {
      vm: { ...vm, internal_metadata: metadata },
      image: { uuid, chainId: 'busybox', config },
    });
    await node.agent.run('machine_boot', { uuid });
    assert.equal((await node.agent.changed(uuid, stopped)).exit_status, 0);
  });
});

describe('machine_boot', () => {
  for (const [script, code] of [
    ['exit 0', 0],
    ['exit 3', 3],
    ['exit 255', 255],
    ['kill -9 $$', 137],
  ] as const) {
    it(`${script} ends with ${code}`, async () => {
      // As pid 1 of its namespace a process cannot kill itself with SIGKILL; a child can, and its shell passes that on.
      const uuid = await node.run(['sh', '-c', `sh -c '${script}'; exit $?`]);
      const patch = await node.agent.changed(uuid, (p) => stopped(p) && p.exit_timestamp != null);
      assert.equal(patch.exit_status, code);
      assert.equal(patch.pid, null);
      assert.ok(Date.parse(String(patch.exit_timestamp)) > Date.now() - 60_000);
    });
  }

  it('tells of the boot before the exit, also of a process that ends at once', async () => {
    for (let round = 0; round < 5; round++) {
      const uuid = await node.run(['true']);
      await node.agent.changed(uuid, stopped);
      const states = node.agent.changes
        .filter((change) => change.uuid === uuid)
        .map(({ patch }) => patch.state);
      assert.deepEqual(states, ['running', 'stopped']);
    }
  });

  it('gives a running VM with pid and boot time, and refuses a second start', async () => {
    const uuid = await node.run(SLEEP);
    const vm = await node.agent.vm(uuid);
    assert.equal(vm?.state, 'running');
    assert.ok(vm?.pid && existsSync(`/proc/${vm.pid}`));
    assert.equal(vm?.boot_timestamp, vm?.internal_metadata['docker:startedat']);
    await assert.rejects(node.agent.run('machine_boot', { uuid }), {
      restCode: 'VmNotStopped',
      statusCode: 409,
    });
  });

  const failures: [string[], number, RegExp][] = [
    [
      ['nosuch'],
      127,
      /^failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuch": executable file not found in \$PATH: unknown$/,
    ],
    [['/no/such'], 127, /no such file or directory: unknown$/],
    [['/etc/notexec'], 126, /permission denied: unknown$/],
    [['/etc'], 126, /permission denied/],
  ];
  for (const [cmd, code, text] of failures) {
    it(`${cmd.join(' ')} fails with ${code}, gives everything back, and can be tried again`, async () => {
      const uuid = await node.create(cmd, {}, { nics: [node.nic(77)] });
      for (let attempt = 0; attempt < 2; attempt++) {
        await assert.rejects(node.agent.run('machine_boot', { uuid }), {
          restCode: 'VmStartFailed',
          statusCode: 400,
          message: text,
        });
      }
      const vm = await node.agent.vm(uuid);
      assert.equal(vm?.state, 'stopped');
      assert.equal(vm?.exit_status, code);
      assert.match(String(vm?.internal_metadata['docker:error']), text);
      assert.equal(vm?.internal_metadata['docker:startedat'], undefined);
    });
  }

  it('an unknown user fails in Docker’s words', async () => {
    const uuid = await node.create(SLEEP, { 'docker:user': 'nobody-here' });
    await assert.rejects(node.agent.run('machine_boot', { uuid }), {
      restCode: 'VmStartFailed',
      message: 'unable to find user nobody-here: no matching entries in passwd file',
    });
  });

  it('makes a missing working directory', async () => {
    const uuid = await node.run(['sh', '-c', 'test "$PWD" = /made/here'], { 'docker:workdir': '/made/here' });
    assert.equal((await node.agent.changed(uuid, stopped)).exit_status, 0);
  });

  it('starts again after an exit, with the same files', async () => {
    const uuid = await node.run(['sh', '-c', 'test -f /mark && exit 5; touch /mark']);
    assert.equal((await node.agent.changed(uuid, stopped)).exit_status, 0);
    const seen = node.agent.changes.length;
    await node.agent.run('machine_boot', { uuid });
    assert.equal((await node.agent.changed(uuid, stopped, seen)).exit_status, 5);
  });

  it('an unknown VM is VmNotFound', async () => {
    await assert.rejects(node.agent.run('machine_boot', { uuid: 'none' }), { restCode: 'VmNotFound' });
  });
});

describe('machine_shutdown', () => {
  it('obeyed: the process’s own code', async () => {
    const uuid = await node.runTrap('TERM', 7);
    const { vm } = await node.agent.run('machine_shutdown', { uuid, timeout: null });
    assert.deepEqual([vm.state, vm.exit_status], ['stopped', 7]);
    await assert.rejects(node.agent.run('machine_shutdown', { uuid, timeout: null }), {
      restCode: 'VmNotRunning',
    });
  });

  it('not obeyed: 137 after the timeout', async () => {
    const uuid = await node.run(DEAF);
    const begun = Date.now();
    const { vm } = await node.agent.run('machine_shutdown', { uuid, timeout: 1 });
    assert.equal(vm.exit_status, 137);
    assert.ok(Date.now() - begun >= 1000);
  });

  it('uses StopSignal and StopTimeout of the container', async () => {
    const config = JSON.stringify({ StopSignal: 'SIGUSR1', StopTimeout: 0 });
    const uuid = await node.runTrap('USR1', 9, {
      'docker:config': JSON.stringify({ StopSignal: 'SIGUSR1' }),
    });
    assert.equal((await node.agent.run('machine_shutdown', { uuid, timeout: null })).vm.exit_status, 9);
    const deaf = await node.run(DEAF, { 'docker:config': config });
    assert.equal(
      (await node.agent.run('machine_shutdown', { uuid: deaf, timeout: null })).vm.exit_status,
      137,
    );
  });

  it('a kill gets through while a stop waits', async () => {
    const uuid = await node.run(DEAF);
    const stop = node.agent.run('machine_shutdown', { uuid, timeout: -1 });
    await node.agent.run('machine_kill', { uuid, signal: 'KILL' });
    assert.equal((await stop).vm.exit_status, 137);
  });
});

describe('machine_kill', () => {
  it('SIGKILL answers when the exit is recorded', async () => {
    const uuid = await node.run(SLEEP);
    const { vm } = await node.agent.run('machine_kill', { uuid, signal: 'SIGKILL' });
    assert.deepEqual([vm.state, vm.exit_status], ['stopped', 137]);
    await assert.rejects(node.agent.run('machine_kill', { uuid, signal: 9 }), { restCode: 'VmNotRunning' });
  });

  it('other signals reach the process', async () => {
    const uuid = await node.runTrap('USR2', 21);
    await node.agent.run('machine_kill', { uuid, signal: 'usr2' });
    assert.equal((await node.agent.changed(uuid, stopped)).exit_status, 21);
    await assert.rejects(node.agent.run('machine_kill', { uuid, signal: 'BOGUS' }), {
      restCode: 'ValidationFailed',
    });
  });
});

describe('machine_reboot', () => {
  it('stops and starts; in between it shows as restarting', async () => {
    const uuid = await node.runTrap('TERM', 7);
    const before = (await node.agent.vm(uuid))!;
    const { vm } = await node.agent.run('machine_reboot', { uuid, timeout: null });
    assert.equal(vm.state, 'running');
    assert.notEqual(vm.pid, before.pid);
    const down = await node.agent.changed(uuid, stopped);
    assert.equal(down.internal_metadata?.['docker:restarting'], true);
    assert.equal(vm.internal_metadata['docker:restarting'], undefined);
  });

  it('starts a stopped one', async () => {
    const uuid = await node.create(SLEEP);
    assert.equal((await node.agent.run('machine_reboot', { uuid, timeout: null })).vm.state, 'running');
  });
});

describe('machine_update', () => {
  it('takes alias and limits over and keeps what runs', async () => {
    const uuid = await node.run(SLEEP);
    const vm = (await node.agent.vm(uuid))!;
    const result = await node.agent.run('machine_update', {
      vm: { ...vm, alias: 'renamed', state: 'stopped', pid: 1, max_lwps: 123 },
    });
    assert.deepEqual([result.vm.alias, result.vm.state, result.vm.pid], ['renamed', 'running', vm.pid]);
  });
});

describe('machine_proc', () => {
  it('lists the processes of a running VM', async () => {
    const uuid = await node.run(['sh', '-c', 'sleep 1000 & wait']);
    const vm = (await node.agent.vm(uuid))!;
    const procs = await node.agent.run('machine_proc', { uuid });
    assert.equal(procs[0]?.psinfo.pr_pid, vm.pid);
    assert.ok(procs.some(({ psinfo }) => psinfo.pr_psargs === 'sleep 1000' || psinfo.pr_fname === 'sh'));
    await node.agent.run('machine_kill', { uuid, signal: 9 });
    await assert.rejects(node.agent.run('machine_proc', { uuid }), { restCode: 'VmNotRunning' });
  });
});

describe('machine_destroy', () => {
  it('kills, tells of the exit, and leaves no file; again is fine', async () => {
    const uuid = await node.run(SLEEP, {}, { nics: [node.nic(78)] });
    const vm = (await node.agent.vm(uuid))!;
    await node.agent.run('machine_destroy', { uuid });
    assert.equal((await node.agent.changed(uuid, stopped)).exit_status, 137);
    assert.equal(await node.agent.vm(uuid), undefined);
    assert.ok(!existsSync(vm.zonepath!));
    await node.agent.run('machine_destroy', { uuid });
    assert.ok(!readdirSync(dirname(vm.zonepath!)).includes(uuid));
  });
});

describe('sysinfo', () => {
  it('tells what the node is and can', async () => {
    const info = await node.agent.sysinfo();
    assert.ok(Number(info['CPU Total Cores']) > 0);
    // With words of what this kernel can behind them.
    const words = info['Docker Capabilities'] as string[];
    assert.deepEqual(words.slice(0, DOCKER_CAPABILITIES.length), DOCKER_CAPABILITIES);
    assert.ok(words.includes('docker_ipv6'));
    const linux = info.Linux as Record<string, unknown>;
    assert.match(String(linux['Containerd Version']), /\d+\.\d+/);
    assert.match(String(linux['Runc Version']), /\d+\.\d+/);
  });
});
