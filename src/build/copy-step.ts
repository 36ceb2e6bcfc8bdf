// COPY and ADD: files of the context, of another stage or image, or of a URL, into a layer.
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { createWorker, removeWorker } from '#src/commit/worker.ts';
import { expandWord, type Variables } from '#src/dockerfile/expand.ts';
import { resolveDir } from '#src/dockerfile/run-config.ts';
import type { Instruction } from '#src/dockerfile/types.ts';
import { invalid } from '#src/errors.ts';
import { commentStep, commitStep, fromCache } from './commit-step.ts';
import { fetchUrl, isUrl } from './fetch-url.ts';
import { readFromImage } from './from-image.ts';
import { imageOfFlag } from './named-image.ts';
import { placeSources } from './place-sources.ts';
import { IDLE_HOST, needsBuildKit } from './run-step.ts';
import { findSources, hashSources, type Source, WILDCARD } from './sources.ts';
import type { Build, StageState } from './types.ts';

/** Throws DockerError. */
export async function copyStep(
  build: Build,
  state: StageState,
  instruction: Instruction,
  variables: Variables,
): Promise<void> {
  const { req, escapeChar } = build;
  const what = instruction.name.toUpperCase();
  const { from, chown } = flagsOf(instruction, variables, escapeChar);
  const words = instruction.args.map((word) => expandWord(word, variables, escapeChar));
  const patterns = words.slice(0, -1);
  const asked = words.at(-1)!;
  const isFolder = /(?:^|\/)\.?$/.test(asked);
  const clean = resolveDir(state.config.WorkingDir, asked);
  const destination = isFolder && clean !== '/' ? `${clean}/` : clean;
  const given = from === null ? await contextSources(build, what, patterns, destination) : null;
  const image = from === null ? null : await imageOfFlag(build, from);
  const hash = given ? await hashSources(given, build.modes) : hashOfImage(image!.config_digest, patterns);
  const owner = chown === '' ? '' : `--chown=${chown} `;
  const step = commentStep(state.config, `#(nop) ${what} ${owner}${hash} in ${asked} `);
  if (await fromCache(build, state, step)) return;
  const sources = given ?? (await imageSources(build, what, image!.config_digest, patterns));
  if (sources.length > 1 && !destination.endsWith('/')) {
    throw invalid(
      `When using ${what} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  const body = { ...step, Image: state.image.config_digest, HostConfig: IDLE_HOST };
  const worker = await createWorker(req, await build.work.containerName(req.account.uuid), body, true);
  try {
    await placeSources(build, worker, sources, { destination, chown, unpacks: what === 'ADD' });
    await commitStep(build, state, step, worker);
  } finally {
    await removeWorker(req, worker);
  }
}

function flagsOf(
  { name, flags }: Instruction,
  variables: Variables,
  escapeChar: string,
): { from: string | null; chown: string } {
  let from: string | null = null;
  let chown = '';
  for (const [flag, value] of flags) {
    if (flag === 'chown') chown = expandWord(value, variables, escapeChar);
    else if (flag === 'from' && name === 'copy') from = expandWord(value, variables, escapeChar);
    else if (['chmod', 'link', 'parents', 'exclude', 'checksum', 'keep-git-dir', 'unpack'].includes(flag))
      throw needsBuildKit(flag);
    else throw invalid(`unknown flag: --${flag}`);
  }
  return { from, chown };
}

/** Throws DockerError with dockerd's texts when one of them is nothing. */
async function contextSources(
  build: Build,
  what: string,
  patterns: readonly string[],
  destination: string,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const pattern of patterns) {
    if (what === 'ADD' && isUrl(pattern)) {
      sources.push(await fetchUrl(build, pattern, destination));
      continue;
    }
    if (posix.normalize(pattern).startsWith('..'))
      throw invalid(`${what} failed: forbidden path outside the build context: ${pattern} ()`);
    const found = await findSources(build.context, pattern);
    if (found.length === 0 && !WILDCARD.test(pattern)) {
      const path = posix.normalize(pattern).replace(/^\/+/, '');
      throw invalid(
        `${what} failed: file not found in build context or excluded by .dockerignore: stat ${path}: file does not exist`,
      );
    }
    sources.push(...found);
  }
  if (sources.length === 0) throw invalid(`${what} failed: no source files were specified`);
  return sources;
}

async function imageSources(
  build: Build,
  what: string,
  imageId: string,
  patterns: readonly string[],
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const { pattern, folder } of await readFromImage(build, imageId, patterns)) {
    const found = await findSources(folder, pattern);
    if (found.length === 0 && !WILDCARD.test(pattern))
      throw invalid(`${what} failed: stat ${posix.resolve('/', pattern).slice(1)}: file does not exist`);
    sources.push(...found);
  }
  if (sources.length === 0) throw invalid(`${what} failed: no source files were specified`);
  return sources;
}

/** What an image holds at a path never changes: the names are enough. */
function hashOfImage(id: string, patterns: readonly string[]): string {
  return `from:${createHash('sha256')
    .update(JSON.stringify([id, patterns]))
    .digest('hex')}`;
}
