// Puts the sources of a COPY or ADD where they belong in a container that does not run.
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { statInWorker, type Worker, writeToWorker } from '#src/commit/worker.ts';
import { DockerError } from '#src/errors.ts';
import { isArchive } from './is-archive.ts';
import { ownerOf } from './owner.ts';
import type { Source } from './sources.ts';
import { type Owner, type TarInput, writeTar } from './tar-writer.ts';
import type { Build } from './types.ts';

export interface Placing {
  /** Absolute; with a slash at its end it is a folder. */
  destination: string;
  /** As in --chown; '' is root. */
  chown: string;
  /** ADD: archives are unpacked. */
  unpacks: boolean;
}

/** Throws DockerError. */
export async function placeSources(
  build: Build,
  worker: Worker,
  sources: readonly Source[],
  { destination, chown, unpacks }: Placing,
): Promise<void> {
  const owner = await ownerOf(build.req, worker, chown);
  const folder = destination.replace(/(.)\/$/, '$1');
  const isFolder = destination.endsWith('/') || (await isDirectory(build, worker, folder));
  for (const source of sources) {
    if (unpacks && !source.isDirectory && !source.isDownload && (await isArchive(source.path))) {
      await place(build, worker, folder, [], owner);
      await writeToWorker(build.req, worker, folder, createReadStream(source.path));
    } else if (source.isDirectory) {
      await place(build, worker, folder, [{ name: '', path: source.path, contents: true }], owner);
    } else {
      const into = isFolder ? folder : posix.dirname(folder);
      const name = isFolder ? source.name : posix.basename(folder);
      await place(build, worker, into, [{ name, path: source.path }], owner);
    }
  }
}

/** Into `folder`, which is made, with what is missing above it. What is there keeps its owner and mode. */
async function place(
  build: Build,
  worker: Worker,
  folder: string,
  inputs: readonly TarInput[],
  owner: Owner,
): Promise<void> {
  let base = folder;
  const missing: string[] = [];
  while (base !== '/' && !(await isDirectory(build, worker, base))) {
    missing.unshift(posix.basename(base));
    base = posix.dirname(base);
  }
  const made = missing.map((_name, at) => ({ name: missing.slice(0, at + 1).join('/'), path: null }));
  const below = missing.join('/');
  const moved = inputs.map((input) => ({
    ...input,
    name: posix.join(below, input.name).replace(/^\.$/, ''),
  }));
  if (made.length + moved.length === 0) return;
  const tar = Readable.from(writeTar([...made, ...moved], owner, build.modes), { objectMode: false });
  await writeToWorker(build.req, worker, base, tar);
}

/** Links are followed, inside the container. */
async function isDirectory({ req }: Build, worker: Worker, path: string): Promise<boolean> {
  try {
    return (await statInWorker(req, worker, `${path === '/' ? '' : path}/.`)) !== null;
  } catch (err) {
    if (err instanceof DockerError && err.kind === 'invalid') return false;
    throw err;
  }
}
