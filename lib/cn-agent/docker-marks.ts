// What dockerd has in every container and no image: /.dockerenv, and /etc/mtab for programs that read no other list of mounts.
import { chmod, chown, lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The directory /etc. */
export interface Etc {
  mode: number;
  uid: number;
  gid: number;
}

/** Where an image has none. */
export const NEW_ETC: Etc = { mode: 0o755, uid: 0, gid: 0 };

/** /etc of an image, by its layers (topmost first), where the link is to be made; null where the image has one, or no place for it. */
export async function etcWithoutMtab(dirs: readonly string[]): Promise<Etc | null> {
  let etc: Etc | null = null;
  for (const dir of dirs) {
    const found = await lstat(join(dir, 'etc')).catch(() => null);
    if (found === null) continue;
    // What is no directory hides the layers below it, and may be a link that leads out.
    if (!found.isDirectory()) return etc ?? (found.isCharacterDevice() ? NEW_ETC : null);
    etc ??= { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
    const mtab = await lstat(join(dir, 'etc/mtab')).catch(() => null);
    // A character device is overlayfs's mark of a deleted file.
    if (mtab !== null) return mtab.isCharacterDevice() ? etc : null;
  }
  return etc ?? NEW_ETC;
}

/** Is no container's doing, so it does not count as what one has written. */
export const MTAB = { path: 'etc/mtab', target: '/proc/mounts' };

/** Writes them into a layer that is not mounted and still the caller's alone; /etc in it comes to look as in the image. */
export async function markAsDocker(upper: string, etc: Etc | null): Promise<void> {
  await Promise.all([
    writeFile(join(upper, '.dockerenv'), '', { mode: 0o755 }),
    etc === null ? null : linkMtab(join(upper, 'etc'), etc),
  ]);
}

async function linkMtab(dir: string, { mode, uid, gid }: Etc): Promise<void> {
  if (await made(mkdir(dir, { mode }))) {
    await chown(dir, uid, gid);
    await chmod(dir, mode);
  }
  await made(symlink(MTAB.target, join(dir, 'mtab')));
}

/** False when it was there before. */
async function made(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw err;
  }
}
