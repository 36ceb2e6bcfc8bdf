// The volumes of this node on disk: volumes/<uuid>/_data is what containers see, options.json what driver `local` was told.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentNode } from '../node.ts';

/** Volumes on their way out: the rename into it is the promise that the rest will be deleted. */
const TOMBSTONES = '.deleted';

/** What containers see of a volume. */
export function dataDir(volumesDir: string, uuid: string): string {
  return join(volumesDir, uuid, '_data');
}

/** Makes the folder of all volumes, and goes on with deletions that a former life of the agent began. */
export async function openVolumeDir({ volumesDir, background }: AgentNode): Promise<void> {
  const tombstones = join(volumesDir, TOMBSTONES);
  await mkdir(tombstones, { recursive: true, mode: 0o700 });
  for (const name of await readdir(tombstones)) {
    background.start('deleting a removed volume', { volume: name }, () => removeTree(join(tombstones, name)));
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
    await writeFile(join(volumesDir, uuid, 'options.json'), JSON.stringify(options), { mode: 0o600 });
  }
  return data;
}

/** The volume is gone when it resolves; what it held is deleted in the background. */
export async function buryVolume({ volumesDir, background }: AgentNode, uuid: string): Promise<void> {
  const tombstone = join(volumesDir, TOMBSTONES, `${uuid}.${randomBytes(4).toString('hex')}`);
  try {
    await rename(join(volumesDir, uuid), tombstone);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw err;
  }
  background.start('deleting a removed volume', { volume: uuid }, () => removeTree(tombstone));
}

async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
