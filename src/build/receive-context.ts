// The build context: the request's body unpacked, and the Dockerfile in it.

import { open, readFile, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { decompress } from '#src/api/decompress.ts';
import { invalid } from '#src/errors.ts';
import { parseIgnore } from './dockerignore.ts';
import { resolveInside } from './inside.ts';
import { unpack } from './unpack.ts';

/** No Dockerfile is longer (bytes). */
const MAX_DOCKERFILE = 8 * 1024 * 1024;

/** Throws DockerError. */
export async function unpackContext(folder: string, body: Readable): Promise<void> {
  await unpack(folder, async (write) => {
    const plain = await decompress(body);
    try {
      for await (const piece of plain) await write(piece as Buffer);
    } catch (err) {
      throw invalid(`Error processing tar file: ${(err as Error).message}`, err as Error);
    }
  });
}

/**
 * The text of the Dockerfile. As in dockerd it, and .dockerignore, are taken out of the context when .dockerignore says so; clients have
 * left out the rest. Throws DockerError with dockerd's texts.
 */
export async function takeDockerfile(context: string, asked: string): Promise<string> {
  const found = await findDockerfile(context, asked);
  if (found === null) throw invalid(`Cannot locate specified Dockerfile: ${asked}`);
  const text = await readLimited(found);
  if (text === '') throw invalid(`the Dockerfile (${asked}) cannot be empty`);
  const ignore = await resolveInside(context, '.dockerignore');
  if (ignore === null) return text;
  const ignores = parseIgnore(await readFile(ignore, 'utf8').catch(() => ''));
  // The real paths: a name with dots or through a link must not lead out of the context.
  if (ignores('.dockerignore')) await rm(ignore, { force: true });
  if (ignores(asked)) await rm(found, { force: true });
  return text;
}

async function findDockerfile(context: string, asked: string): Promise<string | null> {
  const found = await resolveInside(context, asked);
  // dockerd too takes the other spelling of the default.
  return found ?? (asked === 'Dockerfile' ? resolveInside(context, 'dockerfile') : null);
}

async function readLimited(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > MAX_DOCKERFILE) throw invalid('the Dockerfile is too large');
    return await file.readFile('utf8');
  } catch (err) {
    throw (err as NodeJS.ErrnoException).code === 'EISDIR' ? invalid('the Dockerfile is a directory') : err;
  } finally {
    await file.close();
  }
}
