// The volumes: made, used, removed. The record goes before the directory when one is made and after it when it goes, so that a
// kill -9 in between leaves a record that the next start settles, and never a directory that nobody knows.
//
//            directory made                    DELETE, no VM uses it
//   creating ──────────────► ready ──────────────────────────────────► deleting ──► (none)
//       │ cannot be made                                                   directory gone
//       └────────► (none)
import { randomUUID } from 'node:crypto';
import { VmLock } from '#lib/cn-agent/vm-lock.ts';
import type { VmVolume, VmVolumeRequest } from '#lib/docker-vm/volumes.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Volume } from '#lib/wire/types.ts';
import type { TaskOrigin, TaskRunner } from '../cnapi/task-runner.ts';
import type { VolapiStore, VolumeRow } from './store.ts';
import type { VolumeWish } from './validate.ts';

/** A volume that came or went together with a VM. */
export interface NamedVolume {
  name: string;
  type: string;
}

export class Volumes {
  readonly store: VolapiStore;
  readonly #tasks: TaskRunner;
  /** What changes volumes runs one at a time: each takes a millisecond or two. */
  readonly #queue = new VmLock();

  constructor(store: VolapiStore, tasks: TaskRunner) {
    this.store = store;
    this.#tasks = tasks;
  }

  /** With its references. */
  view({ volume }: VolumeRow): Volume {
    const refs = this.store.refs(volume.uuid);
    return refs.length > 0 ? { ...volume, refs } : volume;
  }

  /** Likewise, each with how much is in it. */
  async withUsage(rows: VolumeRow[], origin: TaskOrigin): Promise<Volume[]> {
    const uuids = rows.map(({ volume }) => volume.uuid);
    const { sizes } = await this.#tasks.run('volume_sizes', { uuids }, origin);
    return rows.map((row) => ({ ...this.view(row), used: sizes[row.volume.uuid] ?? 0 }));
  }

  /** Throws TritonError VolumeNotFound, also for another owner's. */
  get(uuid: string, owner?: string): VolumeRow {
    const row = this.store.get(uuid);
    if (!row || (owner !== undefined && row.volume.owner_uuid !== owner)) throw notFound(uuid);
    return row;
  }

  /** Throws TritonError VolumeAlreadyExists, or what the agent says. */
  create(wish: VolumeWish, origin: TaskOrigin): Promise<Volume> {
    return this.#queue.run(() => this.#make(wish, null, origin));
  }

  /** Throws TritonError VolumeNotFound, VolumeInUse. */
  remove(uuid: string, owner: string | undefined, origin: TaskOrigin): Promise<void> {
    return this.#queue.run(async () => {
      const row = this.get(uuid, owner);
      if (this.store.refs(uuid).length > 0) throw inUse(row.volume.name);
      await this.#delete(row, origin);
    });
  }

  /** Throws TritonError VolumeNotFound, VolumeAlreadyExists. */
  rename(uuid: string, owner: string | undefined, name: string): Promise<void> {
    return this.#queue.run(async () => {
      const row = this.get(uuid, owner);
      const other = this.store.find(row.volume.owner_uuid, name);
      if (other && other.volume.uuid !== uuid) throw exists(name);
      this.store.put({ ...row, volume: { ...row.volume, name } });
    });
  }

  /** What a VM asks for: found or made, and in use by it from now on; all of it or nothing. `made` are those that were not there. */
  provision(
    vm: { uuid: string; owner_uuid: string },
    wanted: VmVolumeRequest[],
    origin: TaskOrigin,
  ): Promise<{ volumes: VmVolume[]; made: NamedVolume[] }> {
    return this.#queue.run(async () => {
      const volumes: VmVolume[] = [];
      const made: NamedVolume[] = [];
      try {
        for (const want of wanted) {
          let volume = this.store.find(vm.owner_uuid, want.name)?.volume;
          if (!volume) {
            volume = await this.#make(wishOf(vm.owner_uuid, want), vm.uuid, origin);
            made.push({ name: volume.name, type: volume.type });
          }
          this.store.addRef(volume.uuid, vm.uuid);
          const { labels: _labels, options: _options, ...rest } = want;
          volumes.push({
            ...rest,
            type: volume.type,
            uuid: volume.uuid,
            source: volume.filesystem_path ?? '',
          });
        }
      } catch (err) {
        await this.#release(vm.uuid, [], origin);
        throw err;
      }
      return { volumes, made };
    });
  }

  /** The VM is there: what was made for it stays. */
  settle(vmUuid: string): void {
    this.store.together(() => {
      for (const row of this.store.madeFor(vmUuid)) this.store.put({ ...row, madeFor: null });
    });
  }

  /** The VM is gone: its volumes are free again. Those of `names` that nobody else uses are removed, as are those made for a VM that never came. */
  release(vmUuid: string, names: string[], origin: TaskOrigin): Promise<NamedVolume[]> {
    return this.#queue.run(() => this.#release(vmUuid, names, origin));
  }

  /** At the start: what was cut off is finished. */
  async recover(origin: TaskOrigin): Promise<void> {
    for (const row of this.store.all()) {
      const { state } = row.volume;
      if (state === 'creating' || state === 'deleting') await this.#delete(row, origin);
    }
  }

  async #release(vmUuid: string, names: string[], origin: TaskOrigin): Promise<NamedVolume[]> {
    const gone: VolumeRow[] = [];
    // In one step: of references that are gone nobody could tell later what was to go with them.
    this.store.together(() => {
      const used = this.store.ofVm(vmUuid);
      for (const { volume } of used) this.store.removeRef(volume.uuid, vmUuid);
      const named = used.filter(({ volume }) => names.includes(volume.name));
      const due = new Map([...named, ...this.store.madeFor(vmUuid)].map((row) => [row.volume.uuid, row]));
      for (const row of due.values()) {
        if (this.store.refs(row.volume.uuid).length === 0) gone.push(this.#condemn(row));
        else if (row.madeFor !== null) this.store.put({ ...row, madeFor: null });
      }
    });
    for (const row of gone) await this.#delete(row, origin);
    return gone.map(({ volume }) => ({ name: volume.name, type: volume.type }));
  }

  async #make(wish: VolumeWish, madeFor: string | null, origin: TaskOrigin): Promise<Volume> {
    const uuid = randomUUID();
    const { owner_uuid, type, labels, options } = wish;
    const name = wish.name ?? uuid;
    if (this.store.find(owner_uuid, name)) throw exists(name);
    if (type !== 'local')
      throw new TritonError(
        'StorageUnavailable',
        503,
        `this datacenter has no storage for volumes of type ${type}`,
      );
    const create_timestamp = new Date().toISOString();
    const volume: Volume = {
      uuid,
      owner_uuid,
      name,
      type,
      state: 'creating',
      create_timestamp,
      labels,
      options,
    };
    this.store.put({ volume, madeFor });
    try {
      const { source } = await this.#tasks.run('volume_create', { uuid, options }, origin);
      const ready: Volume = { ...volume, state: 'ready', filesystem_path: source };
      this.store.put({ volume: ready, madeFor });
      return ready;
    } catch (err) {
      await this.#delete({ volume, madeFor }, origin);
      throw err;
    }
  }

  /** From here on it is deleted, by this life or by the next. */
  #condemn(row: VolumeRow): VolumeRow {
    const condemned: VolumeRow = { ...row, volume: { ...row.volume, state: 'deleting' } };
    this.store.put(condemned);
    return condemned;
  }

  async #delete(row: VolumeRow, origin: TaskOrigin): Promise<void> {
    const { uuid } = this.#condemn(row).volume;
    await this.#tasks.run('volume_delete', { uuid }, origin);
    this.store.delete(uuid);
  }
}

function wishOf(owner_uuid: string, want: VmVolumeRequest): VolumeWish {
  const { name, type, labels = {}, options = {} } = want;
  return { owner_uuid, name, type: type as Volume['type'], labels, options };
}

function notFound(uuid: string): TritonError {
  return new TritonError('VolumeNotFound', 404, `Volume with uuid ${uuid} could not be found`);
}

function exists(name: string): TritonError {
  return new TritonError('VolumeAlreadyExists', 409, `Volume with name ${name} already exists`);
}

function inUse(name: string): TritonError {
  return new TritonError('VolumeInUse', 409, `Volume with name ${name} is used`);
}
