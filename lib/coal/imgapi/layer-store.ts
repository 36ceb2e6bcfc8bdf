// Layers on this node: compressed blobs and unpacked snapshots in containerd, made once however many pulls want them, and
// removed only when no image record and no running pull needs them.
import { randomUUID } from 'node:crypto';
import type Logger from 'bunyan';
import type { CnAgent } from '#lib/cn-agent/types.ts';
import type { Containerd } from '#lib/containerd/types.ts';
import { createLimit } from '#lib/process/limit.ts';
import type { Repository } from '#lib/registry/client.ts';
import { RegistryError } from '#lib/registry/errors.ts';
import type { Descriptor } from '#lib/registry/manifest.ts';
import type { ImageRecords } from './records.ts';
import { createSharedWork } from './shared-work.ts';
import { createTurns } from './turns.ts';

/** Ours, on each blob and snapshot: only what carries it is ever collected. */
const OWN_LABEL = 'sdc-docker.layer';
/** On a blob that a commit has written and no record names yet. */
export const DRAFT_LABEL = 'sdc-docker.draft';
/** Bytes of the plain tar, on each snapshot. */
const SIZE_LABEL = 'sdc-docker.size';
const EXTRACT_PREFIX = 'extract-';
/** dockerd's max-concurrent-downloads. */
const DOWNLOADS = 3;

/** A layer of an image: what to fetch, what it must unpack to, and what it stands on. */
export interface Layer {
  blob: Descriptor;
  diffId: string;
  chainId: string;
  parentChainId: string | null;
}

export type DownloadProgress =
  | { phase: 'waiting' }
  | { phase: 'downloading'; current: number }
  | { phase: 'retrying'; seconds: number };

export interface LayerStore {
  /** Keeps these layers from being collected until the returned function is called. */
  pin(layers: Layer[]): Promise<() => void>;
  /** What is there of a layer; size: of the plain tar, null when it is not unpacked. */
  look(layer: Layer): Promise<{ blob: boolean; size: number | null }>;
  download(
    layer: Layer,
    from: Repository,
    opts: { signal: AbortSignal; onProgress: (progress: DownloadProgress) => void },
  ): Promise<void>;
  /** Unpacks a downloaded layer on its parent. Resolves with the size of the plain tar. Throws when it is not what diffId says. */
  unpack(layer: Layer, signal: AbortSignal): Promise<number>;
  /**
   * A blob with DRAFT_LABEL, which `make` writes, becomes a layer of ours: what it resolves with is kept until its pin is undone. Drafts of
   * an earlier life are swept up only while nobody makes one.
   */
  draft<T>(make: () => Promise<T>): Promise<T>;
  adopt(layer: Layer): Promise<void>;
  /** Removes what no record and no pull needs: of the given names, or of everything there is. */
  collect(only?: { chainId: string | null; digest: string | null }): Promise<void>;
}

/** What the layers are kept in, and who else needs them. */
type LayerPlace = Pick<Containerd, 'content' | 'snapshots' | 'diff'> & {
  unlessUsed: CnAgent['unlessLayerUsed'];
};

export function createLayerStore(containerd: LayerPlace, records: ImageRecords, log: Logger): LayerStore {
  const { content, snapshots } = containerd;
  const pins = createPins();
  const downloads = createSharedWork<void, DownloadProgress>();
  const unpacks = createSharedWork<number, never>();
  const places = createLimit(DOWNLOADS);
  const turns = createTurns();
  const extracting = new Set<string>();
  let drafts = 0;

  async function unpackedSize(chainId: string): Promise<number | null> {
    const info = await snapshots.stat(chainId);
    return info?.kind === 'committed' ? Number(info.labels[SIZE_LABEL] ?? 0) : null;
  }

  async function fetchBlob(
    layer: Layer,
    from: Repository,
    signal: AbortSignal,
    report: (progress: DownloadProgress) => void,
  ): Promise<void> {
    const turn = turns.join();
    report({ phase: 'waiting' });
    const leave = await places.enter(signal);
    try {
      await content.write({
        // Unique: a writer that died may hold its name for a while.
        ref: `layer-${layer.blob.digest}-${randomUUID()}`,
        digest: layer.blob.digest,
        size: layer.blob.size,
        labels: { [OWN_LABEL]: 'true' },
        source: async () =>
          turn.inOrder(
            from.blob(layer.blob, {
              signal,
              onRetry: (err, seconds) => {
                log.info({ err, layer: layer.blob.digest }, 'a download goes on after a break');
                report({ phase: 'retrying', seconds });
              },
            }),
          ),
        onProgress: (current) => report({ phase: 'downloading', current }),
        signal,
      });
    } finally {
      leave();
    }
  }

  async function makeSnapshot(layer: Layer, signal: AbortSignal): Promise<number> {
    const known = await unpackedSize(layer.chainId);
    if (known !== null) return known;
    const key = `${EXTRACT_PREFIX}${randomUUID()}`;
    extracting.add(key);
    try {
      const labels = { [OWN_LABEL]: 'true' };
      const mounts = await snapshots.prepare(key, layer.parentChainId, labels);
      const { digest, size } = await containerd.diff.apply(layer.blob, mounts);
      signal.throwIfAborted();
      if (digest !== layer.diffId) {
        throw new RegistryError('invalid', "layers from manifest don't match image configuration");
      }
      await snapshots.commit(layer.chainId, key, { ...labels, [SIZE_LABEL]: String(size) });
      return size;
    } catch (err) {
      await snapshots
        .remove(key)
        .catch((e) => log.warn({ err: e, key }, 'an unfinished snapshot stays until the next start'));
      throw err;
    } finally {
      extracting.delete(key);
    }
  }

  async function drop(name: string, remove: () => Promise<void>): Promise<boolean> {
    try {
      return await pins.unlessPinned(name, remove);
    } catch (err) {
      // Another layer stands on it, or the file system of a container that an earlier version made.
      log.debug({ err, name }, 'a layer is still in use');
      return false;
    }
  }

  /** Also false for one on which a VM or another layer stands. */
  async function dropSnapshot(name: string): Promise<boolean> {
    let unused = false;
    const remove = async (): Promise<void> => {
      unused = await containerd.unlessUsed(name, () => snapshots.remove(name));
    };
    return (await drop(name, remove)) && unused;
  }

  async function collectAll(): Promise<void> {
    const all = await snapshots.list();
    for (const { name, labels } of all) {
      if (name.startsWith(EXTRACT_PREFIX) && labels[OWN_LABEL] && !extracting.has(name)) {
        await snapshots.remove(name);
      }
    }
    const committed = all.filter(
      ({ kind, name, labels }) => kind === 'committed' && labels[OWN_LABEL] && !records.usesChain(name),
    );
    const parents = new Map<string, number>();
    for (const { parent } of all) parents.set(parent, (parents.get(parent) ?? 0) + 1);
    // Leaves first: removing one can make its parent a leaf.
    const leaves = committed.filter(({ name }) => !parents.get(name));
    for (let leaf = leaves.pop(); leaf !== undefined; leaf = leaves.pop()) {
      const { name, parent } = leaf;
      if (!(await dropSnapshot(name))) continue;
      const left = (parents.get(parent) ?? 1) - 1;
      parents.set(parent, left);
      const next = committed.find((one) => one.name === parent);
      if (left === 0 && next) leaves.push(next);
    }
    for (const { digest, labels } of await content.list()) {
      const isOurs = labels[OWN_LABEL] || (labels[DRAFT_LABEL] && drafts === 0);
      if (isOurs && !records.usesLayer(digest)) await drop(digest, () => content.delete(digest));
    }
  }

  return {
    pin: (layers) => pins.pin(layers.flatMap(({ chainId, blob }) => [chainId, blob.digest])),
    async look(layer) {
      const [size, blob] = await Promise.all([unpackedSize(layer.chainId), content.info(layer.blob.digest)]);
      return { blob: blob !== null, size };
    },
    download: (layer, from, opts) =>
      downloads.run(layer.blob.digest, opts, (signal, report) => fetchBlob(layer, from, signal, report)),
    unpack: (layer, signal) => unpacks.run(layer.chainId, { signal }, (own) => makeSnapshot(layer, own)),
    async draft(make) {
      drafts++;
      try {
        return await make();
      } finally {
        drafts--;
      }
    },
    adopt: ({ blob }) => content.setLabels(blob.digest, { [OWN_LABEL]: 'true', [DRAFT_LABEL]: '' }),
    async collect(only) {
      if (only === undefined) return collectAll();
      const { chainId, digest } = only;
      if (chainId !== null && !records.usesChain(chainId)) {
        await dropSnapshot(chainId);
      }
      if (digest !== null && !records.usesLayer(digest)) await drop(digest, () => content.delete(digest));
    },
  };
}

/** Names in use by pulls, each with its count, and removals under way that a new pull has to wait for. */
function createPins() {
  const counts = new Map<string, number>();
  const removing = new Map<string, Promise<void>>();
  return {
    async pin(names: string[]): Promise<() => void> {
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
      await Promise.allSettled(names.map((name) => removing.get(name)));
      let pinned = true;
      return () => {
        if (!pinned) return;
        pinned = false;
        for (const name of names) {
          const left = (counts.get(name) ?? 1) - 1;
          if (left === 0) counts.delete(name);
          else counts.set(name, left);
        }
      };
    },
    /** False, and nothing done, when the name is pinned. */
    async unlessPinned(name: string, remove: () => Promise<void>): Promise<boolean> {
      if (counts.has(name)) return false;
      const work = remove().finally(() => removing.delete(name));
      removing.set(name, work);
      await work;
      return true;
    },
  };
}
