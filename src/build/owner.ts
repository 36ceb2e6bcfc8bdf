// --chown: numbers as they are, names by the image's own passwd and group.
import { Parser, type ReadEntry } from 'tar';
import { readFromWorker, type Worker } from '#src/commit/worker.ts';
import type { Req } from '#src/context.ts';
import { DockerError, invalid } from '#src/errors.ts';
import type { Owner } from './tar-writer.ts';

/** Of passwd or group (bytes). */
const MAX_FILE = 1024 * 1024;

/** `chown`: user[:group]; a user alone names the group too. Throws DockerError with dockerd's texts. */
export async function ownerOf(req: Req, worker: Worker, chown: string): Promise<Owner> {
  if (chown === '') return { uid: 0, gid: 0 };
  const [user = '', group = user, ...rest] = chown.split(':');
  if (rest.length > 0 || user === '' || group === '') throw invalid(`invalid chown string format: ${chown}`);
  return {
    uid: await idOf(req, worker, user, { file: '/etc/passwd', what: 'uid for user' }),
    gid: await idOf(req, worker, group, { file: '/etc/group', what: 'gid for group' }),
  };
}

async function idOf(
  req: Req,
  worker: Worker,
  name: string,
  { file, what }: { file: string; what: string },
): Promise<number> {
  if (/^\d{1,10}$/.test(name)) return Number(name);
  const id = idIn(await readFile(req, worker, file), name);
  if (id === null)
    throw invalid(`unable to convert uid/gid chown string to host mapping: can't find ${what} ${name}`);
  return id;
}

/** In the lines of passwd or group; null when it is not there. Pure. */
export function idIn(text: string, name: string): number | null {
  for (const line of text.split('\n')) {
    const [known, , id = ''] = line.split(':');
    if (known === name && /^\d+$/.test(id)) return Number(id);
  }
  return null;
}

/** '' when there is none. */
async function readFile(req: Req, worker: Worker, path: string): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    await readFromWorker(req, worker, path, async (piece) => {
      size += piece.length;
      if (size <= MAX_FILE) pieces.push(Buffer.from(piece));
    });
  } catch (err) {
    if (err instanceof DockerError && err.kind === 'notFound') return '';
    throw err;
  }
  return firstFile(Buffer.concat(pieces));
}

/** The content of the first file of a tar. Pure. */
export function firstFile(tar: Buffer): string {
  const pieces: Buffer[] = [];
  let isFound = false;
  const onReadEntry = (entry: ReadEntry): void => {
    const isFirst = !isFound && /^(Old)?File$/.test(entry.type);
    if (!isFirst) {
      entry.resume();
      return;
    }
    isFound = true;
    entry.on('data', (piece) => void pieces.push(piece));
  };
  new Parser({ onReadEntry }).end(tar);
  return Buffer.concat(pieces).toString();
}
