// The sources of a COPY or ADD: patterns in a folder of ours, and what they mean to the cache.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { compileGlob } from '#src/api/glob.ts';
import { resolveInside } from './inside.ts';
import type { HiddenModes } from './readable.ts';

/** One that was found. */
export interface Source {
  /** What it is called where it is copied to. */
  name: string;
  /** On this machine. */
  path: string;
  isDirectory: boolean;
  /** Of a URL: never unpacked. */
  isDownload?: boolean;
}

export const WILDCARD = /[*?[]/;

/** Files and folders that the pattern fits, by name; empty for none. `pattern` is relative to the folder or absolute in it. */
export async function findSources(folder: string, pattern: string): Promise<Source[]> {
  if (!WILDCARD.test(pattern)) {
    const path = await resolveInside(folder, pattern);
    return path === null ? [] : [await sourceAt(path, basename(posix.resolve('/', pattern)))];
  }
  const parts = posix.resolve('/', pattern).split('/').slice(1);
  let found = [''];
  for (const part of parts) {
    const fits = compileGlob(part);
    const next: string[] = [];
    for (const dir of found) {
      const real = await resolveInside(folder, dir);
      const names = real === null ? [] : await readdir(real).catch(() => []);
      next.push(
        ...names
          .filter(fits)
          .sort()
          .map((name) => `${dir}/${name}`),
      );
    }
    found = next;
  }
  const sources = await Promise.all(
    found.map(async (path) => {
      const real = await resolveInside(folder, path);
      return real === null ? null : sourceAt(real, basename(path));
    }),
  );
  return sources.filter((source) => source !== null);
}

async function sourceAt(path: string, name: string): Promise<Source> {
  const stat = await lstat(path);
  return { name, path, isDirectory: stat.isDirectory() };
}

/** `file:…`, `dir:…` or `multi:…`: what is in them, with modes, without times. */
export async function hashSources(sources: readonly Source[], modes: HiddenModes): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, path, isDirectory } of sources)
    await hashTree({ hash, modes }, isDirectory ? '' : name, path);
  const kind = sources.length > 1 ? 'multi' : sources[0]?.isDirectory ? 'dir' : 'file';
  return `${kind}:${hash.digest('hex')}`;
}

async function hashTree(into: { hash: Hash; modes: HiddenModes }, name: string, path: string): Promise<void> {
  const { hash, modes } = into;
  const stat = await lstat(path);
  const head = [name, stat.mode, modes.get(path) ?? '', stat.isFile() ? stat.size : 0];
  if (stat.isSymbolicLink()) head.push(await readlink(path));
  hash.update(`${JSON.stringify(head)}\n`);
  if (stat.isFile()) for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  if (!stat.isDirectory()) return;
  for (const child of (await readdir(path)).sort())
    await hashTree(into, `${name}/${child}`, join(path, child));
}
