// Whether a file is a tar, compressed or not: ADD unpacks those.

import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { decompress } from '#src/api/decompress.ts';

const BLOCK = 512;

/** By its first header, as dockerd looks. A file that is not what it begins like is none. */
export async function isArchive(path: string): Promise<boolean> {
  const file = createReadStream(path);
  try {
    await once(file, 'open');
    const plain = await decompress(file);
    plain.on('error', () => undefined);
    let head = Buffer.alloc(0);
    for await (const piece of plain) {
      head = Buffer.concat([head, piece as Buffer]);
      if (head.length >= BLOCK) break;
    }
    plain.destroy();
    return isHeader(head.subarray(0, BLOCK));
  } catch {
    return false;
  } finally {
    file.destroy();
  }
}

/** The sum over a tar header stands in it. Pure. */
export function isHeader(block: Buffer): boolean {
  if (block.length < BLOCK || block[0] === 0) return false;
  const stated = Number.parseInt(
    block
      .toString('latin1', 148, 156)
      .replace(/[\0 ]+$/, '')
      .trim(),
    8,
  );
  let sum = 8 * 32;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at]!;
  return sum === stated;
}
