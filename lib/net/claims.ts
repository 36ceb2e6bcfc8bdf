// Remembers which VM holds which namespace, over a restart and a kill -9: one symbolic link per VM.
import { mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { isUuid } from '#lib/wire/uuid.ts';
import { type Names, NETNS_DIR } from './names.ts';

/** Written before the namespace is used, taken away before it is destroyed: a namespace without a claim is nobody's. */
export class Claims {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  async open(): Promise<void> {
    await mkdir(this.#names.claims, { recursive: true, mode: 0o700 });
  }

  /** Throws when the VM has one already. */
  async add(vmUuid: string, id: string): Promise<void> {
    await symlink(path.join(NETNS_DIR, this.#names.netns(id)), this.#file(vmUuid));
  }

  /** The id that it held, or null. */
  async remove(vmUuid: string): Promise<string | null> {
    const id = await this.#read(vmUuid);
    await rm(this.#file(vmUuid), { force: true });
    return id;
  }

  /** The id that it holds, or null. */
  get(vmUuid: string): Promise<string | null> {
    return this.#read(vmUuid);
  }

  async list(): Promise<{ vmUuid: string; id: string | null }[]> {
    const uuids = await readdir(this.#names.claims);
    return Promise.all(uuids.map(async (vmUuid) => ({ vmUuid, id: await this.#read(vmUuid) })));
  }

  async #read(vmUuid: string): Promise<string | null> {
    const target = await readlink(this.#file(vmUuid)).catch(() => null);
    return target === null ? null : this.#names.idOfNetns(path.basename(target));
  }

  #file(vmUuid: string): string {
    if (!isUuid(vmUuid)) throw new RangeError(`not a VM uuid: '${vmUuid}'`);
    return path.join(this.#names.claims, vmUuid);
  }
}
