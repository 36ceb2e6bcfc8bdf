// A containerd of a test's own, with a busybox snapshot in it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from 'bunyan';
import { connectContainerd } from '#lib/containerd/connect.ts';
import type { Mount } from '#lib/containerd/types.ts';
import { waitUntil } from '#test/harness/stack.ts';

export const NAMESPACE = 'test-cn-agent';
/** Snapshot that containers are made from. */
export const BUSYBOX = 'busybox';

export interface OwnContainerd {
  dir: string;
  socket: string;
  kill9(): Promise<void>;
  start(): void;
  /** Makes a task, without starting it, as a boot does that is cut off; `spec` and `rootfs` of an earlier run. */
  createTask(id: string, spec: object, rootfs: Mount[]): Promise<void>;
  /** Deletes an ended task behind the agent's back. */
  forgetTask(id: string): Promise<void>;
  /** While containerd is down: makes it forget a running task, as after a shim that could not be asked. Gives what ends its shim. */
  loseTask(id: string, pid: number): () => void;
  stop(): Promise<void>;
}

export function containerdPaths(dir: string): { socket: string; config: string } {
  return { socket: join(dir, 'containerd.sock'), config: join(dir, 'containerd.toml') };
}

/** Starts it under `dir` and waits until it answers. */
export async function startOwnContainerd(dir: string): Promise<OwnContainerd> {
  mkdirSync(dir, { recursive: true });
  const { socket, config } = containerdPaths(dir);
  writeFileSync(
    config,
    `version = 2
root = "${dir}/root"
state = "${dir}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "${socket}"
[ttrpc]
  address = "${socket}.ttrpc"
`,
  );
  let child: ChildProcess;
  const start = () => {
    const log = openSync(join(dir, 'containerd.log'), 'a');
    child = spawn('containerd', ['--config', config], { stdio: ['ignore', log, log] });
    closeSync(log);
  };
  const end = async (signal: NodeJS.Signals) => {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  start();
  await makeBusybox(socket);
  return {
    dir,
    socket,
    start,
    kill9: () => end('SIGKILL'),
    async createTask(id, spec, rootfs) {
      const containerd = connectContainerd({ socket, namespace: NAMESPACE, log: quiet() });
      await waitUntil('the earlier task is forgotten', async () => {
        await containerd.tasks.delete(id, '').catch(() => undefined);
        return (await containerd.tasks.get(id, '')) === null;
      });
      await containerd.containers.updateSpec(id, spec);
      const output = { stdout: '/dev/null', stderr: '/dev/null' };
      await containerd.tasks.create({ id, rootfs, stdin: '', ...output, terminal: false });
      containerd.close();
    },
    async forgetTask(id) {
      const containerd = connectContainerd({ socket, namespace: NAMESPACE, log: quiet() });
      await containerd.tasks.wait(id, '');
      await containerd.tasks.delete(id, '');
      containerd.close();
    },
    loseTask(id, pid) {
      const shim = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      const lost = join(dir, `lost-${id}`);
      renameSync(join(dir, 'state/io.containerd.runtime.v2.task', NAMESPACE, id), lost);
      return () => {
        process.kill(shim, 'SIGKILL');
        execFileSync('umount', ['-l', join(lost, 'rootfs')]);
      };
    },
    async stop() {
      await end('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function makeBusybox(socket: string): Promise<void> {
  const containerd = connectContainerd({ socket, namespace: NAMESPACE, log: quiet() });
  await containerd.ready(20_000);
  const [mount] = await containerd.snapshots.prepare('making-busybox', null);
  // A snapshot without a parent is a bind of one directory.
  const root = mount!.source;
  for (const path of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root']) mkdirSync(join(root, path));
  execFileSync('cp', ['/bin/busybox', join(root, 'bin/busybox')]);
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets.filter((name) => name !== 'busybox'))
    execFileSync('ln', ['-s', 'busybox', join(root, 'bin', applet)]);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/:/bin/false\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nwww:x:33:\n');
  writeFileSync(join(root, 'etc/notexec'), 'text\n');
  await containerd.snapshots.commit(BUSYBOX, 'making-busybox');
  containerd.close();
}

export function quiet(level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' = 'error') {
  return createLogger({ name: 'test', level, stream: process.stderr });
}
