// The volumes of this node on disk: volumes/<uuid>/_data is what containers see, options.json what driver `local` was told.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '#lib/process/remove-tree.ts';
import type { AgentNode } from '../node.ts';
import { limitTrees, releaseTree } from '../quota/quota.ts';
import { mountsAt, unmountAll } from './unmount.ts';

/** Volumes on their way out: the rename into it is the promise that the rest will be deleted. */
const TOMBSTONES = '.deleted';
/** Where parts of volumes are mounted, <vm>.<n>, while a container that uses them is being made. */
export const PARTS = '.parts';

/** What containers see of a volume. */
export function dataDir(volumesDir: string, uuid: string): string {
  return join(volumesDir, uuid, '_data');
}

/** Makes the folder of all volumes. */
export async function openVolumeDir(volumesDir: string): Promise<void> {
  await mkdir(join(volumesDir, PARTS), { recursive: true, mode: 0o700 });
  const tombstones = join(volumesDir, TOMBSTONES);
  await mkdir(tombstones, { recursive: true, mode: 0o700 });
}

/** Goes on with deletions that a former life of the agent began. */
export async function finishVolumeDeletes({ volumesDir, background }: AgentNode): Promise<void> {
  const tombstones = join(volumesDir, TOMBSTONES);
  for (const name of await readdir(tombstones)) {
    background.start('deleting a removed volume', { volume: name }, () =>
      deleteRemains(join(tombstones, name)),
    );
  }
}

/** Everything but the mount. */
export async function makeVolume(
  volumesDir: string,
  uuid: string,
  options: Record<string, string>,
): Promise<string> {
  const data = dataDir(volumesDir, uuid);
  await mkdir(join(volumesDir, uuid), { recursive: true, mode: 0o711 });
  await mkdir(data, { recursive: true });
  // Whatever our umask.
  await chmod(data, 0o755);
  if (Object.keys(options).length > 0) {
    await writeFile(optionsFile(volumesDir, uuid), JSON.stringify(options), { mode: 0o600 });
  }
  return data;
}

/** The volume is new. 0 = as much as there is room. Throws TritonError QuotaFailed. */
export async function limitVolume(volumesDir: string, uuid: string, bytes: number): Promise<void> {
  if (bytes > 0) await limitTrees(join(volumesDir, uuid), [dataDir(volumesDir, uuid)], bytes);
}

/** What driver `local` was told of a volume; {} when nothing. */
export async function readOptions(volumesDir: string, uuid: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(optionsFile(volumesDir, uuid), 'utf8')) as Record<string, string>;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw err;
  }
}

function optionsFile(volumesDir: string, uuid: string): string {
  return join(volumesDir, uuid, 'options.json');
}

/** The volume is gone when it resolves; what it held is deleted in the background. */
export async function buryVolume({ volumesDir, background }: AgentNode, uuid: string): Promise<void> {
  // What is mounted in it is somebody else's.
  await unmountAll(join(volumesDir, uuid));
  const tombstone = join(volumesDir, TOMBSTONES, `${uuid}.${randomBytes(4).toString('hex')}`);
  try {
    await rename(join(volumesDir, uuid), tombstone);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw err;
  }
  background.start('deleting a removed volume', { volume: uuid }, () => deleteRemains(tombstone));
}

async function deleteRemains(path: string): Promise<void> {
  const mounted = await mountsAt(path);
  if (mounted.length > 0) throw new Error(`${mounted[0]} is mounted: nothing is deleted`);
  await releaseTree(path, join(path, '_data'));
  await removeTree(path);
}
