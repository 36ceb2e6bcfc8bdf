// A containerd of the test's own in a temporary folder, with a busybox snapshot to run from.
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import bunyan from 'bunyan';
import { connectContainerd } from '#lib/containerd/connect.ts';
import { type Instance, startOwnContainerd } from '#lib/containerd/instance.ts';
import { findInstancePid } from '#lib/containerd/instance-process.ts';
import type { Containerd } from '#lib/containerd/types.ts';
import { cleanInstance } from '#tools/clean-instance.ts';

export const NAMESPACE = 'sdct-containerd';
const BASE = 'busybox';
/** There is none: these tests have no network. */
const BRIDGE = 'sdctcd';

export interface OwnContainerd {
  dir: string;
  socket: string;
  containerd: Containerd;
  instance: Instance;
  paths: { root: string; state: string; socket: string };
  pid(): Promise<number>;
  /** An empty file below the folder, for stdout. */
  file(name: string, content?: string): string;
  /** Snapshot, container and task of `args`, not started. */
  create(id: string, opts: CreateOptions): Promise<void>;
  /** Kills and removes whatever is left, containerd included. */
  stop(): Promise<void>;
}

export interface CreateOptions {
  args: string[];
  terminal?: boolean;
  stdin?: string;
  stdout?: string;
  stderr?: string;
  memory?: number;
}

export function quiet(): bunyan {
  return bunyan.createLogger({ name: 'test', level: bunyan.FATAL + 1 });
}

export async function ownContainerd(): Promise<OwnContainerd> {
  const dir = await mkdtemp('/tmp/sdct-cd-');
  const paths = { root: join(dir, 'root'), state: join(dir, 'state'), socket: join(dir, 'c.sock') };
  try {
    return await start(dir, paths);
  } catch (err) {
    await clean(dir, paths.socket);
    throw err;
  }
}

async function start(dir: string, paths: OwnContainerd['paths']): Promise<OwnContainerd> {
  const instance = await startOwnContainerd({ ...paths, log: quiet() });
  const containerd = connectContainerd({
    socket: paths.socket,
    state: paths.state,
    namespace: NAMESPACE,
    log: quiet(),
  });
  await makeBase(containerd);
  return {
    dir,
    socket: paths.socket,
    containerd,
    instance,
    paths,
    async pid() {
      const pid = await findInstancePid(paths);
      if (pid === null) throw new Error('containerd does not run');
      return pid;
    },
    file(name, content = '') {
      const path = join(dir, name);
      writeFileSync(path, content);
      return path;
    },
    create: (id, opts) => createTask(containerd, basename(dir), id, opts),
    async stop() {
      try {
        await removeAll(containerd);
        containerd.close();
        await instance.terminate();
      } finally {
        await clean(dir, paths.socket);
      }
    },
  };
}

/** Whatever failed before, nothing stays on the machine. */
async function clean(dir: string, socket: string): Promise<void> {
  const names = { stateDir: dir, runDir: dir, bridge: BRIDGE, cgroupParent: basename(dir) };
  await cleanInstance({ ...names, containerdSocket: socket });
}

async function makeBase(containerd: Containerd): Promise<void> {
  const [mount] = await containerd.snapshots.prepare('base-active', null);
  const rootfs = mount!.source;
  for (const folder of ['bin', 'proc', 'dev', 'tmp']) mkdirSync(join(rootfs, folder));
  copyFileSync('/usr/bin/busybox', join(rootfs, 'bin/busybox'));
  chmodSync(join(rootfs, 'bin/busybox'), 0o755);
  for (const name of ['cat', 'dd', 'echo', 'head', 'sh', 'sleep', 'stty', 'tail', 'true'])
    symlinkSync('busybox', join(rootfs, 'bin', name));
  await containerd.snapshots.commit(BASE, 'base-active');
}

async function createTask(
  containerd: Containerd,
  cgroup: string,
  id: string,
  opts: CreateOptions,
): Promise<void> {
  const { stdin = '', stdout = '', stderr = '', terminal = false } = opts;
  const rootfs = await containerd.snapshots.prepare(id, BASE);
  await containerd.containers.create({ id, spec: spec(cgroup, id, opts), snapshotKey: id });
  await containerd.tasks.create({ id, rootfs, stdin, stdout, stderr, terminal });
}

export function processOf(args: string[], terminal = false): object {
  return { terminal, user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin'], cwd: '/' };
}

function spec(cgroup: string, id: string, opts: CreateOptions): object {
  return {
    ociVersion: '1.0.2',
    process: processOf(opts.args, opts.terminal),
    root: { path: 'rootfs' },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['newinstance', 'ptmxmode=0666'],
      },
    ],
    linux: {
      cgroupsPath: `/${cgroup}/${id}`,
      ...(opts.memory ? { resources: { memory: { limit: opts.memory } } } : {}),
      namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map((type) => ({ type })),
    },
  };
}

async function removeAll(containerd: Containerd): Promise<void> {
  const { tasks, containers, snapshots } = containerd;
  for (const { id } of await tasks.list()) {
    await tasks.resume(id).catch(() => {});
    await tasks.kill({ id, execId: '', signal: 9 }).catch(() => {});
    await tasks.wait(id, '');
    await tasks.delete(id, '');
  }
  for (const { id } of await containers.list()) await containers.delete(id);
  for (const { name, kind } of await snapshots.list()) if (kind !== 'committed') await snapshots.remove(name);
}
