// Writing a blob: one two-way stream, back-pressure both ways, the digest checked by containerd.
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
/** containerd.services.content.v1.WriteAction */
const ACTION = { stat: 0, write: 1, commit: 2 } as const;

type WriteOptions = Parameters<ContentStore['write']>[0];
type WriteStream = ClientDuplexStream<Message, Message>;

/**
 * Writes the blob unless it is there; one writer per ref at a time (a second gets UNAVAILABLE). What an earlier try left under the same
 * ref is truncated by the first message at offset 0. A blob that is there gets the labels all the same. Throws ContainerdError (a wrong digest or size: FAILED_PRECONDITION), the source's own error, or the signal's reason.
 */
export async function writeBlob(channel: Channel, opts: WriteOptions): Promise<void> {
  opts.signal?.throwIfAborted();
  await channel.connected(10_000);
  const stream = channel.duplex('content', 'Write');
  const replies = replyQueue(stream);
  const onAbort = () => stream.cancel();
  opts.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await transfer(stream, replies, opts);
    stream.end();
  } catch (err) {
    stream.cancel();
    if (hasCode(err, 'ALREADY_EXISTS'))
      return await setBlobLabels(channel, opts.digest, keepLabels(opts.labels));
    await dropIngest(channel, opts.ref).catch(() => {}); // the first error is the one to tell
    throw opts.signal?.aborted ? opts.signal.reason : err;
  } finally {
    opts.signal?.removeEventListener('abort', onAbort);
  }
}

async function transfer(stream: WriteStream, replies: ReplyQueue, opts: WriteOptions): Promise<void> {
  const { ref, digest, size, onProgress } = opts;
  const base = { ref, total: size, expected: digest };
  await send(stream, { ...base, action: ACTION.stat });
  await replies.next(); // ALREADY_EXISTS comes here, before the source is opened
  let offset = 0;
  for await (const data of joinChunks(abortable(await opts.source(), opts.signal), MESSAGE_BYTES)) {
    await send(stream, { ...base, action: ACTION.write, offset, data });
    offset += data.length;
    const reply = await replies.next();
    if (Number(reply.offset) !== offset)
      throw new ContainerdError('DATA_LOSS', CALL, `wrote ${offset} bytes, containerd has ${reply.offset}`);
    onProgress?.(offset);
  }
  await send(stream, { ...base, action: ACTION.commit, offset, labels: keepLabels(opts.labels) });
  await replies.next();
}

async function send(stream: WriteStream, message: Message): Promise<void> {
  if (!stream.write(message)) await once(stream, 'drain').catch(() => {}); // a break is told by the reply queue
}

interface ReplyQueue {
  /** The next message; throws the stream's error. */
  next(): Promise<Message>;
}

/** One reply follows each request; the iterator of the stream also carries its failure. */
function replyQueue(stream: WriteStream): ReplyQueue {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    async next() {
      try {
        const { value, done } = await iterator.next();
        if (done) throw new ContainerdError('UNAVAILABLE', CALL, 'containerd ended the stream early');
        return value as Message;
      } catch (err) {
        throw toContainerdError(err, CALL);
      }
    },
  };
}

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
