// The images' layers on this node: where each stands, and which are in use by a VM and must stay.
import type { Snapshots } from '#lib/containerd/types.ts';
import { layerDirs } from './oci-spec/rootfs-file.ts';

export class ImageLayers {
  readonly #snapshots: Pick<Snapshots, 'view' | 'remove'>;
  readonly #users = new Map<string, number>();
  /** Chain → its directories on the host, topmost first. */
  readonly #dirs = new Map<string, Promise<string[]>>();
  readonly #removing = new Map<string, Promise<void>>();

  constructor(snapshots: Pick<Snapshots, 'view' | 'remove'>) {
    this.#snapshots = snapshots;
  }

  /** One more VM stands on the chain; the returned function says that it is gone. null = an image without layers. */
  use(chainId: string | null): () => void {
    if (chainId === null) return () => undefined;
    this.#users.set(chainId, (this.#users.get(chainId) ?? 0) + 1);
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      const left = this.#users.get(chainId)! - 1;
      if (left === 0) this.#users.delete(chainId);
      else this.#users.set(chainId, left);
    };
  }

  /** Does `remove` and gives true, unless a VM stands on the chain. Who begins to use it meanwhile waits, and finds it gone. */
  async unlessUsed(chainId: string, remove: () => Promise<void>): Promise<boolean> {
    if (this.#users.has(chainId)) return false;
    this.#dirs.delete(chainId);
    const work = remove().finally(() => this.#removing.delete(chainId));
    this.#removing.set(chainId, work);
    await work;
    return true;
  }

  /**
   * Directories of a chain that is in use, topmost first. containerd tells them only of a snapshot on top, which is made for the
   * question under `key` and taken away again. Throws ContainerdError NOT_FOUND when the layers are not here.
   */
  async dirsOf(chainId: string | null, key: string): Promise<string[]> {
    if (chainId === null) return [];
    await this.#removing.get(chainId)?.catch(() => undefined);
    let dirs = this.#dirs.get(chainId);
    if (!dirs) {
      dirs = this.#ask(chainId, key);
      this.#dirs.set(chainId, dirs);
      dirs.catch(() => this.#dirs.delete(chainId));
    }
    return dirs;
  }

  async #ask(chainId: string, key: string): Promise<string[]> {
    await this.#snapshots.remove(key);
    const mounts = await this.#snapshots.view(key, chainId);
    await this.#snapshots.remove(key);
    return layerDirs(mounts);
  }
}
