// What is left of a task that was being made when containerd died, and that containerd, back again, could not take away.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readlink, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { argsOf, killAll } from '#lib/process/processes.ts';
import { completePath } from '#lib/process/system-path.ts';

const SHIM = 'containerd-shim-runc-v2';

/** A containerd of ours. */
export interface TaskHome {
  /** Its state folder. */
  state: string;
  socket: string;
  namespace: string;
}

/**
 * Ends the shim of `id` and deletes container, mount and folder that it may have made. Only for an id that containerd has no task of
 * and makes none of. Nothing there: does nothing. containerd does much the same when it comes up, but stops at a
 * shim that had made nothing yet, and leaves the shim alone: one that is at work puts back what is being deleted.
 */
export async function clearTaskRemains(home: TaskHome, id: string): Promise<void> {
  const folder = join(home.state, 'io.containerd.runtime.v2.task', home.namespace, id);
  if (!existsSync(folder)) return;
  await killAll((pid) => isShimOf(home, id, pid));
  const work = await readlink(join(folder, 'work')).catch(() => null);
  // Written before anything else that has to be undone; without it the shim's program refuses, which is where containerd leaves it.
  if (existsSync(join(folder, 'runtime'))) await deleteByShim(home, id, folder);
  // Fails when it is still mounted: what is below is the container's own.
  await rmdir(join(folder, 'rootfs')).catch(unlessMissing);
  await rm(folder, { recursive: true, force: true });
  if (work !== null) await rm(work, { recursive: true, force: true });
}

function isShimOf({ socket }: TaskHome, id: string, pid: number): boolean {
  const args = argsOf(pid);
  const isOurs = args[args.indexOf('-id') + 1] === id && args[args.indexOf('-address') + 1] === socket;
  return isOurs && args[0]!.endsWith(SHIM);
}

/** As containerd does it: the shim's program ends what runs, lets runc forget the container and takes the mount away. */
async function deleteByShim(home: TaskHome, id: string, folder: string): Promise<void> {
  const { socket, namespace } = home;
  const args = ['-namespace', namespace, '-address', socket, '-id', id, '-bundle', folder, 'delete'];
  const env = { PATH: completePath(process.env.PATH), TTRPC_ADDRESS: `${socket}.ttrpc` };
  await promisify(execFile)(SHIM, args, { cwd: folder, env });
}

function unlessMissing(err: NodeJS.ErrnoException): void {
  if (err.code !== 'ENOENT') throw err;
}
