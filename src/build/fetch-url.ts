// ADD of a URL: fetched by the daemon, which can reach more than a container may: only for who has access to the host anyway.
import { createWriteStream } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { forbidden, invalid } from '#src/errors.ts';
import { mayReachHost } from '#src/host-access.ts';
import type { Source } from './sources.ts';
import type { Build } from './types.ts';

/** As dockerd gives it to what came from a URL. */
const MODE = 0o600;

export function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}

/** Throws DockerError. */
export async function fetchUrl({ req, work }: Build, url: string, destination: string): Promise<Source> {
  if (!mayReachHost(req.app.config, req.account))
    throw forbidden('ADD of a URL is not allowed for this account: fetch it in a RUN');
  const name = posix.basename(decodeURIComponent(new URL(url).pathname));
  if (name === '' && destination.endsWith('/')) throw invalid(`cannot determine filename for source ${url}`);
  const path = join(await work.folder(), name || 'download');
  try {
    const answer = await fetch(url, { signal: req.call.signal ?? null });
    if (!answer.ok || !answer.body) throw new Error(`got status code ${answer.status} when downloading it`);
    await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(path, { mode: MODE }));
    const modified = Date.parse(answer.headers.get('last-modified') ?? '');
    const seconds = Number.isNaN(modified) ? 0 : modified / 1000;
    await utimes(path, seconds, seconds);
  } catch (err) {
    throw invalid(`ADD failed: failed to GET ${url}: ${(err as Error).message}`, err as Error);
  }
  return { name, path, isDirectory: false, isDownload: true };
}
