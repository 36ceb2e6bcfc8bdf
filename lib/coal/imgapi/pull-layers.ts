// All layers of one image: downloads side by side, unpacking in order as they arrive.
import type { Repository } from '#lib/registry/client.ts';
import type { DownloadProgress, Layer, LayerStore } from './layer-store.ts';

/** What happens to a layer, in Docker's words; detail in bytes of the compressed blob. */
export type LayerReport = (layer: Layer, status: string, detail?: { current: number; total: number }) => void;

/**
 * Fetches and unpacks what is missing. Resolves with the unpacked size of each layer. When one fails or the signal fires, the
 * others are stopped and have cleaned up before this rejects.
 */
export async function pullLayers(
  store: LayerStore,
  layers: Layer[],
  from: Repository,
  opts: { signal: AbortSignal; report: LayerReport },
): Promise<number[]> {
  const { report } = opts;
  // All before the first download: those that begin in the order of the layers arrive in it, so that unpacking can begin soonest.
  const found = await Promise.all(
    layers.map(async (layer) => {
      const { blob, size } = await store.look(layer);
      return { layer, blob, size: blob ? size : null };
    }),
  );
  for (const { layer, size } of found) report(layer, size === null ? 'Pulling fs layer' : 'Already exists');
  const stop = new AbortController();
  const signal = AbortSignal.any([opts.signal, stop.signal]);
  let below: Promise<unknown> = Promise.resolve();
  const work = found.map(({ layer, blob, size }) => {
    if (size !== null) return Promise.resolve(size);
    const fetched = blob
      ? Promise.resolve(report(layer, 'Download complete'))
      : download(store, layer, from, signal, report);
    const unpacked = unpackAfter(fetched, below, () => unpack(store, layer, signal, report));
    below = unpacked;
    return unpacked;
  });
  for (const one of work) one.catch((err) => stop.abort(err));
  await Promise.allSettled(work);
  opts.signal.throwIfAborted();
  return Promise.all(work).catch((err) => {
    // The layers stopped for another's sake all say so; the first cause is the one to tell.
    throw stop.signal.aborted ? stop.signal.reason : err;
  });
}

async function unpackAfter<T>(
  fetched: Promise<void>,
  below: Promise<unknown>,
  next: () => Promise<T>,
): Promise<T> {
  const [download, parent] = await Promise.allSettled([fetched, below]);
  if (download.status === 'rejected') throw download.reason;
  if (parent.status === 'rejected') throw parent.reason;
  return next();
}

async function download(
  store: LayerStore,
  layer: Layer,
  from: Repository,
  signal: AbortSignal,
  report: LayerReport,
): Promise<void> {
  const total = layer.blob.size;
  let verifying = false;
  await store.download(layer, from, {
    signal,
    onProgress(progress: DownloadProgress) {
      if (progress.phase === 'waiting') return;
      if (progress.phase === 'retrying') {
        report(layer, `Retrying in ${Math.ceil(progress.seconds)} seconds`);
        return;
      }
      const { current } = progress;
      report(layer, 'Downloading', { current, total });
      if (current === total && !verifying) {
        verifying = true;
        report(layer, 'Verifying Checksum');
      }
    },
  });
  report(layer, 'Download complete');
}

async function unpack(
  store: LayerStore,
  layer: Layer,
  signal: AbortSignal,
  report: LayerReport,
): Promise<number> {
  const total = layer.blob.size;
  // containerd says nothing while it unpacks: the bar stands at one percent, then jumps.
  report(layer, 'Extracting', { current: Math.ceil(total / 100), total });
  const size = await store.unpack(layer, signal);
  report(layer, 'Extracting', { current: total, total });
  report(layer, 'Pull complete');
  return size;
}
