// Joins the small chunks of a network stream into pieces of one size.

/** Yields buffers of exactly `size` bytes, the last one shorter; nothing for an empty source. A yielded buffer is never written to again. */
export async function* joinChunks(source: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Buffer> {
  let held: Buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - filled);
      held.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === size) {
        yield held;
        held = Buffer.allocUnsafe(size);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield held.subarray(0, filled);
}
