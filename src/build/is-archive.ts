// Whether a file is a tar, compressed or not: ADD unpacks those.

import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Header } from 'tar';
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

/** The sum over a tar header stands in it. Pure. Throws Error for numbers of it that are none. */
export function isHeader(block: Buffer): boolean {
  return block.length >= BLOCK && block[0] !== 0 && new Header(block).cksumValid;
}
