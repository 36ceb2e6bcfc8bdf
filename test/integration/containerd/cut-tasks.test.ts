// What containerd leaves of a task when it dies while the task is made or started, put right by the room.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isBundleInTheWay } from '#lib/containerd/errors.ts';
import { isAlive } from '#lib/process/processes.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { pidsWith } from '#tools/clean-instance.ts';
import { NAMESPACE, type OwnContainerd, ownContainerd } from './own-containerd.ts';

const ONCE = ['sh', '-c', 'echo ran; exec sleep 1000'];
let own: OwnContainerd;

before(async () => {
  own = await ownContainerd();
});
after(() => own.stop());

describe('a start that containerd died under', () => {
  const fifo = (id: string) => join('/run/containerd/runc', NAMESPACE, id, 'exec.fifo');
  const again = async (id: string) => {
    const { tasks } = own.containerd;
    const { pid } = (await tasks.get(id, ''))!;
    await tasks.startAgain(id, pid);
    const state = (await tasks.get(id, ''))!;
    assert.deepEqual([state.status, state.pid], ['running', pid]);
  };

  it('before runc let the process go', async () => {
    const stdout = own.file('before.out');
    await own.create('before', { args: ONCE, stdout, stderr: '/dev/null' });
    await again('before');
    await waitUntil('it has run', () => readFileSync(stdout, 'utf8') === 'ran\n');
  });

  it('after that, and before runc had done with it: the process is not started twice, and nothing waits for ever', {
    timeout: 20_000,
  }, async () => {
    const stdout = own.file('after.out');
    await own.create('after', { args: ONCE, stdout, stderr: '/dev/null' });
    // As a runc that is killed when it has read.
    assert.equal(await readFile(fifo('after'), 'utf8'), '0');
    await waitUntil('it has run', () => readFileSync(stdout, 'utf8') === 'ran\n');
    assert.equal((await own.containerd.tasks.get('after', ''))?.status, 'created');
    await again('after');
    assert.equal(readFileSync(stdout, 'utf8'), 'ran\n');
    assert.equal(existsSync(fifo('after')), false);
  });
});

describe('a creation that containerd died under', () => {
  for (const made of [false, true]) {
    it(`leaves a shim that has ${made ? 'mounted its root' : 'made nothing'}: cleared, the task can be made`, async () => {
      const { tasks, snapshots, containers } = own.containerd;
      const id = `left-${made}`;
      const folder = join(own.paths.state, 'io.containerd.runtime.v2.task', NAMESPACE, id);
      const work = join(own.dir, `${id}-work`);
      for (const dir of [join(folder, 'rootfs'), work]) mkdirSync(dir, { recursive: true });
      symlinkSync(work, join(folder, 'work'));
      writeFileSync(join(folder, 'config.json'), '{}');
      if (made) {
        writeFileSync(join(folder, 'runtime'), 'runc');
        writeFileSync(join(folder, 'options.json'), '{}');
        execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(folder, 'rootfs')]);
      }
      const shim = await startShim(id, folder);

      const create = () => own.create(id, { args: ONCE, stdout: own.file(`${id}.out`), stderr: '/dev/null' });
      await assert.rejects(create(), isBundleInTheWay);
      await tasks.clearRemains(id);
      assert.deepEqual([isAlive(shim), existsSync(folder), existsSync(work)], [false, false, false]);
      assert.equal(readFileSync('/proc/mounts', 'utf8').includes(folder), false);
      await snapshots.remove(id);
      await containers.delete(id);
      await create();
      await tasks.start(id, '');
    });
  }

  it('nothing there is fine', () => own.containerd.tasks.clearRemains('never'));
});

/** A shim as containerd starts them, of which containerd knows nothing. Gives its pid. */
async function startShim(id: string, folder: string): Promise<number> {
  execFileSync('mkfifo', [join(folder, 'log')]);
  const log = spawn('cat', [join(folder, 'log')], { stdio: 'ignore' });
  const args = ['-namespace', NAMESPACE, '-address', own.socket, '-id', id, 'start'];
  const address = execFileSync('containerd-shim-runc-v2', args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TTRPC_ADDRESS: `${own.socket}.ttrpc` },
  });
  assert.match(address, /^unix:/);
  log.unref();
  const [pid, ...others] = await pidsWith(`-id\0${id}\0-address\0${own.socket}`);
  assert.deepEqual([isAlive(pid!), others], [true, []]);
  return pid!;
}
