// An iteration that ends with the signal, even while its source is silent.

/** Yields what the source yields; throws the signal's reason as soon as it is aborted and lets the source clean up by itself. */
export async function* abortable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncIterable<T> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {}); // nobody may be listening when it comes
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    for (;;) {
      const { value, done } = await Promise.race([iterator.next(), aborted.promise]);
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // A generator that hangs in an await answers return() only when that await ends: it is not waited for.
    iterator.return?.().then(undefined, () => {});
  }
}
