// A request's body in one piece, where it must not be larger than something.
import type { IncomingMessage } from 'node:http';

/**
 * null when it is longer than `limit` bytes. The rest of such a one is let pass: a client that is still sending it would not read our
 * answer.
 */
export async function readWhole(req: IncomingMessage, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) break;
    chunks.push(chunk);
  }
  if (size <= limit) return Buffer.concat(chunks);
  req.resume();
  return null;
}
