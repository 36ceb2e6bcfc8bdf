// Writing a blob: one two-way stream, back-pressure both ways, the digest checked by containerd.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { abortable } from './abortable.ts';
import type { Channel, Message } from './channel.ts';
import { ContainerdError, hasCode, toContainerdError } from './errors.ts';
import { joinChunks } from './join-chunks.ts';
import { keepLabels } from './labels.ts';
import type { ContentStore } from './types.ts';

const CALL = 'content.Write';
/** containerd answers each message after it is written, so a message should be large: 1 MiB is well below its 16 MiB limit. */
const MESSAGE_BYTES = 1 << 20;
/** Messages on their way: while containerd hashes and writes one, the next is read and sent. */
const AHEAD = 4;
/** How long the end of a call waits for containerd. */
const CLOSE_MS = 2_000;
/** containerd.services.content.v1.WriteAction */
const ACTION = { stat: 0, write: 1, commit: 2 } as const;

type WriteOptions = Parameters<ContentStore['write']>[0];
type UnknownOptions = Parameters<ContentStore['writeUnknown']>[0];
/** digest '' and size 0: found out on the way. */
type TransferOptions = UnknownOptions & Pick<WriteOptions, 'digest' | 'size' | 'onProgress'>;
interface Written {
  digest: string;
  size: number;
}
type WriteStream = ClientDuplexStream<Message, Message>;

/**
 * Writes the blob unless it is there; one writer per ref at a time (a second gets UNAVAILABLE). What an earlier try left under the same
 * ref is truncated by the first message at offset 0. A blob that is there gets the labels all the same. Throws ContainerdError (a wrong digest or size: FAILED_PRECONDITION), the source's own error, or the signal's reason.
 */
export async function writeBlob(channel: Channel, opts: WriteOptions): Promise<void> {
  await write(channel, opts, { digest: opts.digest, size: opts.size });
}

/** The same with digest and size as they turn out. */
export async function writeUnknownBlob(channel: Channel, opts: UnknownOptions): Promise<Written> {
  const written = { digest: '', size: 0 };
  await write(channel, { ...opts, ...written }, written);
  return written;
}

/** `written` is filled in before the blob is committed. */
async function write(channel: Channel, opts: TransferOptions, written: Written): Promise<void> {
  opts.signal?.throwIfAborted();
  await channel.connected(10_000);
  const stream = channel.duplex('content', 'Write');
  const replies = replyQueue(stream, opts.signal);
  const failure = await transfer(stream, replies, opts, written).then(
    () => null,
    (err: unknown) => err,
  );
  await replies.close();
  if (failure === null) return;
  if (hasCode(failure, 'ALREADY_EXISTS'))
    return await setBlobLabels(channel, written.digest, keepLabels(opts.labels));
  await dropIngest(channel, opts.ref).catch(() => {}); // the first error is the one to tell
  throw opts.signal?.aborted ? opts.signal.reason : failure;
}

async function transfer(
  stream: WriteStream,
  replies: ReplyQueue,
  opts: TransferOptions,
  written: Written,
): Promise<void> {
  const { ref, digest, size, onProgress, signal } = opts;
  const base = { ref, total: size, expected: digest };
  const hash = digest === '' ? createHash('sha256') : null;
  await send(stream, { ...base, action: ACTION.stat }, signal);
  await replies.next(); // ALREADY_EXISTS comes here, before the source is opened
  let offset = 0;
  const unanswered: number[] = [];
  const answer = async (): Promise<void> => {
    const expected = unanswered.shift();
    const reply = await replies.next();
    if (Number(reply.offset) !== expected)
      throw new ContainerdError('DATA_LOSS', CALL, `wrote ${expected} bytes, containerd has ${reply.offset}`);
    onProgress?.(Number(reply.offset));
  };
  for await (const data of joinChunks(abortable(await opts.source(), signal), MESSAGE_BYTES)) {
    await send(stream, { ...base, action: ACTION.write, offset, data }, signal);
    hash?.update(data);
    offset += data.length;
    unanswered.push(offset);
    if (unanswered.length >= AHEAD) await answer();
  }
  while (unanswered.length > 0) await answer();
  if (hash !== null) Object.assign(written, { digest: `sha256:${hash.digest('hex')}`, size: offset });
  const commit = { ref, total: written.size, expected: written.digest, action: ACTION.commit, offset };
  await send(stream, { ...commit, labels: keepLabels(opts.labels) }, signal);
  await replies.next();
}

async function send(stream: WriteStream, message: Message, signal: AbortSignal | undefined): Promise<void> {
  // A break and an abort are told by the reply queue.
  if (!stream.write(message)) await once(stream, 'drain', signal ? { signal } : {}).catch(() => {});
}

interface ReplyQueue {
  /** The next message; throws the stream's error, or the signal's reason. */
  next(): Promise<Message>;
  /** Ends the call. Resolves when containerd has let go of the ingest, or does not answer; never throws. */
  close(): Promise<void>;
}

/** One reply follows each request; the iterator of the stream also carries its failure. */
function replyQueue(stream: WriteStream, signal: AbortSignal | undefined): ReplyQueue {
  const iterator = stream[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {}); // nobody may be listening when it comes
  const onAbort = () => aborted.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return {
    async next() {
      try {
        const { value, done } = await Promise.race([iterator.next(), aborted.promise]);
        if (done) throw new ContainerdError('UNAVAILABLE', CALL, 'containerd ended the stream early');
        return value as Message;
      } catch (err) {
        throw toContainerdError(err, CALL);
      }
    },
    async close() {
      signal?.removeEventListener('abort', onAbort);
      await endCall(stream, iterator);
    },
  };
}

/**
 * A cancelled call ends here at once but in containerd some time later, and while that end writes into the ingest's folder an Abort of
 * it fails half-way. A call that is ended in order has let go when its status comes.
 */
async function endCall(stream: WriteStream, iterator: AsyncIterator<Message>): Promise<void> {
  const impatience = setTimeout(() => stream.cancel(), CLOSE_MS);
  try {
    if (!stream.destroyed) stream.end();
    while (!(await iterator.next()).done); // what was still coming
  } catch {
    // it ended with an error: ended all the same
  } finally {
    clearTimeout(impatience);
  }
}

/**
 * Of a blob that was deleted a moment ago containerd keeps the ingest until its next collection: it counts as shared with the old content.
 */
async function dropIngest(channel: Channel, ref: string): Promise<void> {
  try {
    await channel.call('content', 'Abort', { ref }, { repeatable: true });
  } catch (err) {
    if (!hasCode(err, 'NOT_FOUND')) throw err;
  }
}

/** Adds or replaces the given labels, an empty value takes one away; the others stay. */
export async function setBlobLabels(
  channel: Channel,
  digest: string,
  labels: Record<string, string>,
): Promise<void> {
  const paths = Object.keys(labels).map((key) => `labels.${key}`);
  if (paths.length === 0) return;
  const request = { info: { digest, labels }, updateMask: { paths } };
  await channel.call('content', 'Update', request, { repeatable: true });
}
