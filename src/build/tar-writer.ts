// Files of this machine as a tar for a container: other names, one owner, modes and whole seconds as they are.

import type { Stats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Header, Pax } from 'tar';
import type { HiddenModes } from './readable.ts';

export interface Owner {
  uid: number;
  gid: number;
}

export interface TarInput {
  /** Path in the archive, without a slash in front. */
  name: string;
  /** On this machine; null: an empty directory. */
  path: string | null;
  /** Of a folder only what is in it: `name` is where that goes, and is no entry itself. */
  contents?: boolean;
}

const BLOCK = 512;
const PIECE = 256 * 1024;
const DIRECTORY_MODE = 0o755;

/** The whole archive, with its end. A file that changes meanwhile keeps the size it had. */
export async function* writeTar(
  inputs: readonly TarInput[],
  owner: Owner,
  modes: HiddenModes,
): AsyncIterable<Buffer> {
  for (const input of inputs) yield* entries(input, owner, modes);
  yield Buffer.alloc(2 * BLOCK);
}

async function* entries(input: TarInput, owner: Owner, modes: HiddenModes): AsyncIterable<Buffer> {
  const { name, path } = input;
  if (path === null) {
    yield header(
      { name: `${name}/`, type: 'Directory', mode: DIRECTORY_MODE, size: 0, link: '', mtime: now() },
      owner,
    );
    return;
  }
  const stat = await lstat(path);
  const mode = (modes.get(path) ?? stat.mode) & 0o7777;
  const mtime = Math.floor(stat.mtimeMs / 1000);
  const base = { name, mode, size: 0, link: '', mtime };
  if (stat.isDirectory()) {
    if (!input.contents) yield header({ ...base, name: `${name}/`, type: 'Directory' }, owner);
    for (const child of (await readdir(path)).sort()) {
      const below = name === '' ? child : `${name}/${child}`;
      yield* entries({ name: below, path: join(path, child) }, owner, modes);
    }
  } else if (stat.isSymbolicLink())
    yield header({ ...base, type: 'SymbolicLink', link: await readlink(path) }, owner);
  else if (stat.isFIFO()) yield header({ ...base, type: 'FIFO' }, owner);
  else if (stat.isFile()) {
    yield header({ ...base, type: 'File', size: stat.size }, owner);
    yield* content(path, stat);
  }
}

async function* content(path: string, { size }: Stats): AsyncIterable<Buffer> {
  const file = await open(path, 'r');
  try {
    for (let left = size; left > 0; ) {
      const piece = Buffer.alloc(Math.min(left, PIECE));
      const { bytesRead } = await file.read(piece, 0, piece.length, null);
      // Zeros for what has gone: the size in the header is a promise.
      left -= bytesRead || piece.length;
      yield bytesRead > 0 ? piece.subarray(0, bytesRead) : piece;
    }
  } finally {
    await file.close();
  }
  if (size % BLOCK > 0) yield Buffer.alloc(BLOCK - (size % BLOCK));
}

interface Entry {
  name: string;
  type: 'File' | 'Directory' | 'SymbolicLink' | 'FIFO';
  mode: number;
  size: number;
  link: string;
  /** In seconds. */
  mtime: number;
}

/** ustar, with PAX records in front for what does not fit. Pure. */
export function header({ name, type, mode, size, link, mtime }: Entry, { uid, gid }: Owner): Buffer {
  const fields = { path: name, type, mode, uid, gid, size, linkpath: link, mtime: new Date(mtime * 1000) };
  const block = Buffer.alloc(BLOCK);
  const needsPax = new Header(fields).encode(block);
  return needsPax ? Buffer.concat([new Pax(fields).encode(), block]) : block;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
