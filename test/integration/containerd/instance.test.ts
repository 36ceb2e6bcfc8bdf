// Our own containerd: one that an earlier life of ours had just started is taken over, never joined by a second.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { type Instance, startOwnContainerd } from '#lib/containerd/instance.ts';
import { instanceFiles, prepareInstance, spawnInstance } from '#lib/containerd/instance-process.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { cleanInstance, pidsWith } from '#tools/clean-instance.ts';
import { quiet } from './own-containerd.ts';

let dir = '';
let paths = { root: '', state: '', socket: '' };
const processes = () => pidsWith(instanceFiles(paths).config);

before(async () => {
  dir = await mkdtemp('/tmp/sdct-inst-');
  paths = { root: join(dir, 'root'), state: join(dir, 'state'), socket: join(dir, 'c.sock') };
});
after(async () => {
  const names = { stateDir: dir, runDir: dir, bridge: 'sdctinst', cgroupParent: 'sdctinst' };
  await cleanInstance({ ...names, containerdSocket: paths.socket });
});

it('one that does not listen yet, and whose pid nobody wrote down', async () => {
  await prepareInstance(paths);
  const child = await spawnInstance(paths);
  rmSync(instanceFiles(paths).pid);
  const instance: Instance = await startOwnContainerd({ ...paths, log: quiet() });
  assert.deepEqual(await processes(), [child.pid]);
  await instance.terminate();
  assert.deepEqual(await processes(), []);
});

it('one that dies before it listens is replaced', async () => {
  await prepareInstance(paths);
  const child = await spawnInstance(paths);
  const starting = startOwnContainerd({ ...paths, log: quiet() });
  child.kill('SIGKILL');
  const instance = await starting;
  const pid = await waitUntil('one runs', async () => {
    const found = await processes();
    return found.length === 1 && found[0];
  });
  assert.notEqual(pid, child.pid);
  await instance.terminate();
});
