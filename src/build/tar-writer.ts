// Files of this machine as a tar for a container: other names, one owner, modes and whole seconds as they are.

import type { Stats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
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
      { name: `${name}/`, type: '5', mode: DIRECTORY_MODE, size: 0, link: '', mtime: now() },
      owner,
    );
    return;
  }
  const stat = await lstat(path);
  const mode = (modes.get(path) ?? stat.mode) & 0o7777;
  const mtime = Math.floor(stat.mtimeMs / 1000);
  const base = { name, mode, size: 0, link: '', mtime };
  if (stat.isDirectory()) {
    if (!input.contents) yield header({ ...base, name: `${name}/`, type: '5' }, owner);
    for (const child of (await readdir(path)).sort()) {
      const below = name === '' ? child : `${name}/${child}`;
      yield* entries({ name: below, path: join(path, child) }, owner, modes);
    }
  } else if (stat.isSymbolicLink()) yield header({ ...base, type: '2', link: await readlink(path) }, owner);
  else if (stat.isFIFO()) yield header({ ...base, type: '6' }, owner);
  else if (stat.isFile()) {
    yield header({ ...base, type: '0', size: stat.size }, owner);
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
  type: string;
  mode: number;
  size: number;
  link: string;
  mtime: number;
}

/** ustar, with PAX records in front for what does not fit. Pure. */
export function header(entry: Entry, owner: Owner): Buffer {
  const records: [string, string][] = [];
  if (!fits(entry.name)) records.push(['path', entry.name]);
  if (!fits(entry.link)) records.push(['linkpath', entry.link]);
  if (entry.size > 0o77777777777) records.push(['size', String(entry.size)]);
  if (owner.uid > 0o7777777) records.push(['uid', String(owner.uid)]);
  if (owner.gid > 0o7777777) records.push(['gid', String(owner.gid)]);
  if (records.length === 0) return block(entry, owner);
  const body = Buffer.concat(records.map(([key, value]) => record(key, value)));
  const pax = { name: 'PaxHeaders/x', type: 'x', mode: 0o644, size: body.length, link: '', mtime: 0 };
  const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK);
  return Buffer.concat([block(pax, { uid: 0, gid: 0 }), body, padding, block(entry, owner)]);
}

function fits(text: string): boolean {
  return text.length <= 100 && /^[\x20-\x7e]*$/.test(text);
}

function block({ name, type, mode, size, link, mtime }: Entry, { uid, gid }: Owner): Buffer {
  const out = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    const isPossible = value >= 0 && value < 8 ** digits;
    out.write((isPossible ? value : 0).toString(8).padStart(digits, '0'), at, 'latin1');
  };
  out.write(name, 0, 100, 'utf8');
  octal(mode & 0o7777, 100, 7);
  octal(uid, 108, 7);
  octal(gid, 116, 7);
  octal(size, 124, 11);
  octal(mtime, 136, 11);
  out.write(' '.repeat(8) + type, 148, 'latin1');
  out.write(link, 157, 100, 'utf8');
  out.write('ustar\u000000', 257, 'latin1');
  const sum = out.reduce((a, b) => a + b, 0);
  out.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return out;
}

/** "<length> key=value\n", the length counting itself. */
function record(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + String(rest.length).length;
  if (String(length).length + rest.length > length) length++;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
