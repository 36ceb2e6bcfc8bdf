// COPY --from: the files of a stage or an image in a folder of ours.
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { createWorker, readFromWorker, removeWorker, statInWorker, type Worker } from '#src/commit/worker.ts';
import { makeReadable } from './readable.ts';
import { IDLE_HOST } from './run-step.ts';
import { WILDCARD } from './sources.ts';
import type { Build } from './types.ts';
import { unpack } from './unpack.ts';

/** As many as the kernel follows. */
const MAX_LINKS = 40;

/**
 * For each pattern a folder that holds what it may mean, where the image has it. A path that is not there is left out. A folder each: what
 * one brought may be a link, through which the next would be written.
 */
export async function readFromImage(
  build: Build,
  imageId: string,
  patterns: readonly string[],
): Promise<{ pattern: string; folder: string }[]> {
  const { req, work } = build;
  const name = await work.containerName(req.account.uuid);
  const body = { Image: imageId, Cmd: ['/bin/sh', '-c', '#(nop) COPY --from'], HostConfig: IDLE_HOST };
  const worker = await createWorker(req, name, body, true);
  const read: { pattern: string; folder: string }[] = [];
  try {
    for (const pattern of patterns) {
      const folder = await work.folder();
      await fetchPath(build, worker, folder, stem(posix.resolve('/', pattern)));
      for (const [path, mode] of await makeReadable(folder)) build.modes.set(path, mode);
      read.push({ pattern, folder });
    }
  } finally {
    await removeWorker(req, worker);
  }
  return read;
}

/** What stands in front of the first part with a wildcard. */
function stem(pattern: string): string {
  const parts = pattern.split('/');
  const at = parts.findIndex((part) => WILDCARD.test(part));
  return (at < 0 ? parts : parts.slice(0, at)).join('/') || '/';
}

/** Links in front of it and itself one: the folder gets the real thing under the name that was asked for. */
async function fetchPath({ req }: Build, worker: Worker, folder: string, asked: string): Promise<void> {
  let path = asked;
  for (let links = 0; links < MAX_LINKS; links++) {
    const stat = await statInWorker(req, worker, path);
    if (stat === null) return;
    if (!stat.linkTarget) break;
    path = posix.resolve(posix.dirname(path), stat.linkTarget);
  }
  const isFolder = (await statInWorker(req, worker, `${path}/.`).catch(() => null)) !== null;
  const place = join(folder, isFolder ? asked : dirname(asked));
  await mkdir(place, { recursive: true });
  const isRenamed = !isFolder && posix.basename(path) !== posix.basename(asked);
  const under = isRenamed ? join(folder, '.renamed') : place;
  await mkdir(under, { recursive: true });
  await unpack(under, (write) => readFromWorker(req, worker, isFolder ? `${path}/.` : path, write));
  if (isRenamed) await rename(join(under, posix.basename(path)), join(folder, asked));
}
