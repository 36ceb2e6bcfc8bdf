// The content store: blobs by digest.
import type { Channel, Message } from './channel.ts';
import { setBlobLabels, writeBlob, writeUnknownBlob } from './content-write.ts';
import { hasCode } from './errors.ts';
import type { ContentInfo, ContentStore } from './types.ts';

/** The content of one namespace; semantics in types.ts. */
export function contentOf(channel: Channel): ContentStore {
  const repeatable = { repeatable: true };
  return {
    async info(digest) {
      try {
        const reply = await channel.call('content', 'Info', { digest }, repeatable);
        return toContentInfo(reply.info as Message);
      } catch (err) {
        if (hasCode(err, 'NOT_FOUND')) return null;
        throw err;
      }
    },
    async list() {
      const found: ContentInfo[] = [];
      for await (const message of channel.stream('content', 'List', {}))
        found.push(...(message.info as Message[]).map(toContentInfo));
      return found;
    },
    write: (opts) => writeBlob(channel, opts),
    writeUnknown: (opts) => writeUnknownBlob(channel, opts),
    read: (digest) => readBlob(channel, digest),
    setLabels: (digest, labels) => setBlobLabels(channel, digest, labels),
    async delete(digest) {
      try {
        await channel.call('content', 'Delete', { digest }, repeatable);
      } catch (err) {
        if (!hasCode(err, 'NOT_FOUND')) throw err;
      }
    },
  };
}

async function* readBlob(channel: Channel, digest: string): AsyncIterable<Buffer> {
  for await (const message of channel.stream('content', 'Read', { digest })) yield message.data as Buffer;
}

function toContentInfo(info: Message): ContentInfo {
  return {
    digest: String(info.digest),
    size: Number(info.size),
    labels: info.labels as Record<string, string>,
  };
}
