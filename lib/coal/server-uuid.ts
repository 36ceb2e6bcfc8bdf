// The uuid of this machine as a compute node: made once, kept beside the zones.
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isUuid } from '#lib/wire/uuid.ts';

/** Reads it, or makes it when there is none or the file was cut off. */
export function serverUuid(stateDir: string): string {
  const file = join(stateDir, 'server-uuid');
  try {
    const known = readFileSync(file, 'utf8').trim();
    if (isUuid(known)) return known;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err;
  }
  const fresh = randomUUID();
  writeFileSync(`${file}.new`, `${fresh}\n`);
  renameSync(`${file}.new`, file);
  return fresh;
}
