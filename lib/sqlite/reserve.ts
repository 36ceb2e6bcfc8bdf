// Disk space for the next records, taken while there is some: on a full disk containers can still be stopped and removed.
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';

/** A checkpoint comes at 4 MiB of WAL (1000 pages); neither file grows by more between two of them. */
const BYTES = 6 * 1024 * 1024;
/** fallocate alone would make a file that is not there. */
const SCRIPT = 'test -f "$2" && fallocate --keep-size --length "$1" "$2"';

/**
 * Lets an open database and its WAL grow without asking the file system. Another process does it: closing a file here would take
 * SQLite's locks on it away. Resolves when it is done; a file system that cannot do it is no reason to complain.
 */
export async function reserveSpace(database: string): Promise<void> {
  await Promise.all([database, `${database}-wal`].map(extend));
}

function extend(file: string): Promise<void> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return new Promise((resolve) => {
    execFile('sh', ['-c', SCRIPT, 'sh', String(size + BYTES), file], () => resolve());
  });
}
