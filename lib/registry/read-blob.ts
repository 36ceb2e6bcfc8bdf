// A small blob read whole, its digest checked.
import { createHash } from 'node:crypto';
import { RegistryError } from './errors.ts';
import type { Descriptor } from './manifest.ts';

const MAX_WHOLE = 8 * 1024 * 1024;

/** Throws RegistryError invalid for a wrong digest or more than 8 MiB. */
export async function readBlob(blob: Descriptor, source: AsyncIterable<Buffer>): Promise<Buffer> {
  if (blob.size > MAX_WHOLE) throw new RegistryError('invalid', `blob ${blob.digest} is too large`);
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== blob.digest) {
    throw new RegistryError('invalid', `filesystem layer verification failed for digest ${blob.digest}`);
  }
  return bytes;
}
