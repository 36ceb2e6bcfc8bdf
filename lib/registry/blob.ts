// A blob as a stream that goes on where a broken connection left off.
import { setTimeout as delay } from 'node:timers/promises';
import { RegistryError, refusal } from './errors.ts';
import { type HttpReply, textOf } from './http.ts';
import type { Descriptor } from './manifest.ts';

const TRIES = 5;
const FIRST_PAUSE_MS = 500;

export interface BlobSource {
  /** GETs the blob with these extra headers. */
  get(headers: Record<string, string>): Promise<HttpReply>;
  signal?: AbortSignal | undefined;
  /** Told before each new try. */
  onRetry?: ((err: unknown, seconds: number) => void) | undefined;
}

/**
 * The blob's bytes. A connection that breaks, or a server in trouble, is tried again five times in a row without progress, from
 * the byte reached. The digest is for the reader to check; more bytes than announced are refused. Throws RegistryError or the signal's reason.
 */
export async function* streamBlob(blob: Descriptor, source: BlobSource): AsyncGenerator<Buffer> {
  let offset = 0;
  let failures = 0;
  while (offset < blob.size) {
    const before = offset;
    try {
      for await (const piece of bodyFrom(blob, source, offset)) {
        offset += piece.length;
        if (offset > blob.size) {
          throw new RegistryError('invalid', `blob ${blob.digest} is larger than its manifest says`);
        }
        yield piece;
      }
      if (offset < blob.size) throw new RegistryError('unreachable', `blob ${blob.digest}: unexpected EOF`);
    } catch (err) {
      source.signal?.throwIfAborted();
      failures = offset > before ? 1 : failures + 1;
      if (failures > TRIES || !isPassing(err)) throw err;
      const pause = FIRST_PAUSE_MS * 2 ** (failures - 1);
      source.onRetry?.(err, pause / 1000);
      await delay(pause, undefined, { signal: source.signal });
    }
  }
}

async function* bodyFrom(blob: Descriptor, source: BlobSource, offset: number): AsyncGenerator<Buffer> {
  const reply = await source.get(offset > 0 ? { range: `bytes=${offset}-` } : {});
  if (reply.status !== 200 && reply.status !== 206) {
    throw refusal(reply.status, reply.statusText, await textOf(reply));
  }
  // A server that knows no ranges starts again: what is known already is thrown away.
  let skip = reply.status === 200 ? offset : 0;
  if (reply.status === 206 && !startsAt(reply, offset)) {
    reply.body.destroy();
    throw new RegistryError('invalid', `blob ${blob.digest}: the registry sent another range than asked for`);
  }
  for await (const piece of reply.body as AsyncIterable<Buffer>) {
    if (skip >= piece.length) skip -= piece.length;
    else {
      yield skip > 0 ? piece.subarray(skip) : piece;
      skip = 0;
    }
  }
}

function startsAt(reply: HttpReply, offset: number): boolean {
  return (reply.headers['content-range'] ?? '').startsWith(`bytes ${offset}-`);
}

/** What another try may mend: no connection, or a status of trouble. */
function isPassing(err: unknown): boolean {
  if (!(err instanceof RegistryError)) return true;
  return err.kind === 'unreachable' || err.status >= 500 || err.status === 429 || err.status === 408;
}
