// The process of our own containerd: starting it apart from us, and finding the one that an earlier life of ours started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { instanceConfig } from './instance-config.ts';

const LOG_BYTES_MAX = 10 << 20;
/** runc and the shim are looked up here; a service manager's PATH may lack the sbin folders. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface InstancePaths {
  root: string;
  state: string;
  socket: string;
}

/** Where an instance keeps what is not containerd's own. */
export function instanceFiles(paths: InstancePaths): { config: string; log: string; pid: string } {
  return {
    config: join(paths.state, 'config.toml'),
    log: join(paths.root, 'containerd.log'),
    pid: join(paths.state, 'containerd.pid'),
  };
}

/** Makes the folders and writes config.toml. Throws an Error with one clear line. */
export async function prepareInstance(paths: InstancePaths): Promise<void> {
  const config = instanceConfig(paths);
  try {
    for (const dir of [paths.root, paths.state, dirname(paths.socket)])
      await mkdir(dir, { recursive: true, mode: 0o711 });
    // In one step: a containerd that is just being started would take half a file for all of it, and its defaults for the rest.
    const file = instanceFiles(paths).config;
    await writeFile(`${file}.new`, config);
    await rename(`${file}.new`, file);
  } catch (err) {
    throw new Error(`cannot prepare the folders of containerd: ${(err as Error).message}`, { cause: err });
  }
}

/**
 * Starts containerd in a session of its own, its output in a log file, so that it outlives us. Resolves when the process exists (it does not answer yet).
 * Throws an Error with one clear line when there is no such program.
 */
export async function spawnInstance(paths: InstancePaths): Promise<ChildProcess> {
  const files = instanceFiles(paths);
  await rotate(files.log);
  const log = await open(files.log, 'a', 0o600);
  try {
    const child = spawn('containerd', ['--config', files.config], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      // Not our environment: with our NOTIFY_SOCKET it would report itself ready in our name.
      env: { PATH: `${process.env.PATH ?? ''}:${SYSTEM_PATH}` },
    });
    child.unref();
    await once(child, 'spawn');
    await writeFile(files.pid, `${child.pid}\n`);
    return child;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error('containerd is not installed (no such program on the PATH)', { cause: err });
    throw new Error(`cannot start containerd: ${(err as Error).message}`, { cause: err });
  } finally {
    await log.close();
  }
}

/** The pid in the pid file if that process is this instance; null when it is gone or the number belongs to another process by now. */
export async function findInstancePid(paths: InstancePaths): Promise<number | null> {
  const files = instanceFiles(paths);
  const pid = Number(await readFile(files.pid, 'utf8').catch(() => ''));
  return (await isInstance(pid, files.config)) ? pid : null;
}

/** The same, also of one whose pid nobody came to write down: who started it was killed in between. Puts that right. */
export async function searchInstancePid(paths: InstancePaths): Promise<number | null> {
  const known = await findInstancePid(paths);
  if (known !== null) return known;
  const files = instanceFiles(paths);
  const pids = (await readdir('/proc')).map(Number);
  const found = await Promise.all(pids.map((pid) => isInstance(pid, files.config)));
  const pid = pids[found.indexOf(true)] ?? null;
  if (pid !== null) await writeFile(files.pid, `${pid}\n`);
  return pid;
}

async function isInstance(pid: number, config: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid < 2) return false;
  const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return basename(args[0] ?? '') === 'containerd' && args.includes(config);
}

/** The last complaint in the log, for an error message; '' when there is none. */
export async function lastComplaint(paths: InstancePaths): Promise<string> {
  const text = await readFile(instanceFiles(paths).log, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n');
  return lines.at(-1)?.slice(0, 500) ?? '';
}

async function rotate(log: string): Promise<void> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await rename(log, `${log}.1`);
}
