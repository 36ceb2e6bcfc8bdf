// The images' layers on this node: where each stands, and which are in use by a VM and must stay.
import { access, stat } from 'node:fs/promises';
import type { Snapshots } from '#lib/containerd/types.ts';
import { type Etc, etcWithoutMtab, NEW_ETC } from './docker-marks.ts';
import { layerDirs } from './oci-spec/rootfs-file.ts';

/** Where the kernel has the option it is turned off: layers are told apart by their names, also when they were copied here. */
const INDEX = '/sys/module/overlay/parameters/index';

/** What a VM's own layer lies over. */
export interface ImageBase {
  /** Topmost first. */
  dirs: readonly string[];
  /** Whose the root directory is. */
  owner: { uid: number; gid: number };
  /** Its /etc, where that has no mtab; see etcWithoutMtab. */
  etc: Etc | null;
  /** overlay's option index is there to be turned off. */
  hasIndex: boolean;
}

const NOTHING: ImageBase = { dirs: [], owner: { uid: 0, gid: 0 }, etc: NEW_ETC, hasIndex: false };

export class ImageLayers {
  readonly #snapshots: Pick<Snapshots, 'view' | 'remove'>;
  readonly #users = new Map<string, number>();
  readonly #bases = new Map<string, Promise<ImageBase>>();
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
    this.#bases.delete(chainId);
    const work = remove().finally(() => this.#removing.delete(chainId));
    this.#removing.set(chainId, work);
    await work;
    return true;
  }

  /**
   * Of a chain that is in use. containerd tells its directories only of a snapshot on top, which is made for the question under `key` and
   * taken away again. Throws ContainerdError NOT_FOUND when the layers are not here.
   */
  async baseOf(chainId: string | null, key: string): Promise<ImageBase> {
    if (chainId === null) return NOTHING;
    await this.#removing.get(chainId)?.catch(() => undefined);
    let base = this.#bases.get(chainId);
    if (!base) {
      base = this.#ask(chainId, key);
      this.#bases.set(chainId, base);
      base.catch(() => this.#bases.delete(chainId));
    }
    return base;
  }

  async #ask(chainId: string, key: string): Promise<ImageBase> {
    await this.#snapshots.remove(key);
    const mounts = await this.#snapshots.view(key, chainId);
    await this.#snapshots.remove(key);
    const dirs = layerDirs(mounts);
    const [{ uid, gid }, etc, hasIndex] = await Promise.all([
      stat(dirs[0]!),
      etcWithoutMtab(dirs),
      access(INDEX).then(
        () => true,
        () => false,
      ),
    ]);
    return { dirs, owner: { uid, gid }, etc, hasIndex };
  }
}
