// The /dev/shm of a container that others may join (--ipc shareable): a tmpfs on the host for as long as it runs.
import { execFile } from 'node:child_process';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** In the zone's directory; it is there only while something is mounted on it. */
export const SHM_DIR = 'shm';

/** Mounts a fresh one, over whatever a run that was cut off has left. Gives its path. */
export async function mountShm(zonePath: string, size: number): Promise<string> {
  const path = join(zonePath, SHM_DIR);
  await unmountShm(zonePath);
  await mkdir(path, { mode: 0o700 });
  const options = `nosuid,nodev,noexec,mode=1777,size=${size}`;
  await run('mount', ['-t', 'tmpfs', '-o', options, 'shm', path]);
  return path;
}

/** Whoever has joined keeps it. Fine when there is none. */
export async function unmountShm(zonePath: string): Promise<void> {
  const path = join(zonePath, SHM_DIR);
  let failure: unknown = null;
  for (;;) {
    try {
      await rmdir(path);
      return;
    } catch (err) {
      const { code } = err as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY') throw err;
      if (failure !== null) throw failure;
    }
    // A destroy may take the whole folder away meanwhile: then it is no failure.
    failure = await run('umount', ['-l', path]).then(
      () => null,
      (err: unknown) => err,
    );
  }
}
