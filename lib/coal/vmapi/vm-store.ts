// VMAPI's records: a map in memory, loaded from SQLite at the start and written through, each change told to the changefeed.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { VmPatch } from '#lib/cn-agent/types.ts';
import { openDatabase } from '#lib/sqlite/open.ts';
import { completeVm } from '#lib/wire/complete-vm.ts';
import type { Scalar, Vm } from '#lib/wire/types.ts';
import { changedFields } from '../changefeed/diff.ts';

/** `v` is the version of the record's own form, apart from the table's. */
export const VM_RECORD_VERSION = 1;

const MIGRATIONS = [
  `CREATE TABLE vms (
     uuid TEXT PRIMARY KEY,
     v INTEGER NOT NULL,
     record TEXT NOT NULL
   ) STRICT`,
];

export type OnStored = (vm: Vm, fields: string[]) => void;

/** Records are never changed in place: whoever holds one holds a snapshot. */
export class VmStore {
  readonly #db: DatabaseSync;
  readonly #vms = new Map<string, Vm>();
  /** '<owner>/<alias>' → uuids; destroyed and failed ones have no name. */
  readonly #named = new Map<string, Set<string>>();
  /** Destroyed and failed ones. */
  readonly #dead = new Set<string>();
  readonly #write: StatementSync;
  readonly #remove: StatementSync;
  readonly #onStored: OnStored;

  /** `onStored` is called after each change is durable, with the names of the top-level fields that changed. */
  constructor(file: string, onStored: OnStored) {
    this.#db = openDatabase(file, MIGRATIONS);
    this.#onStored = onStored;
    this.#write = this.#db.prepare(
      'INSERT INTO vms (uuid, v, record) VALUES (?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET v = excluded.v, record = excluded.record',
    );
    this.#remove = this.#db.prepare('DELETE FROM vms WHERE uuid = ?');
    for (const row of this.#db.prepare('SELECT uuid, v, record FROM vms').all()) {
      const { uuid, v, record } = row as { uuid: string; v: number; record: string };
      if (v !== VM_RECORD_VERSION) {
        this.#db.close();
        throw new Error(`${file}: VM ${uuid} has record version ${v}, written by a newer sdc-docker`);
      }
      this.#keep(JSON.parse(record) as Vm);
    }
  }

  get(uuid: string): Vm | undefined {
    return this.#vms.get(uuid);
  }

  all(): Iterable<Vm> {
    return this.#vms.values();
  }

  /** Those of an owner that exist and have the alias. */
  named(owner: string | null, alias: string): string[] {
    return [...(this.#named.get(`${owner}/${alias}`) ?? [])];
  }

  /** Number of those that are destroyed or failed. */
  get deadCount(): number {
    return this.#dead.size;
  }

  /** Makes `vm` the record. Nothing happens when it is no different; otherwise last_modified becomes now. */
  put(vm: Vm): Vm {
    const before = this.#vms.get(vm.uuid);
    const fields = changedFields(before ?? {}, vm);
    if (before && fields.every((field) => field === 'last_modified')) return before;
    const stored = completeVm({ ...vm, last_modified: new Date().toISOString() });
    this.#write.run(vm.uuid, VM_RECORD_VERSION, JSON.stringify(stored));
    this.#keep(stored);
    if (!fields.includes('last_modified')) fields.push('last_modified');
    this.#onStored(stored, fields.sort());
    return stored;
  }

  /** Merges fields: internal_metadata key by key; null deletes a key or an optional field. Unknown VMs are ignored. */
  patch(uuid: string, patch: VmPatch): void {
    const before = this.#vms.get(uuid);
    // A destroyed VM's last words (its exit while it was killed) are kept, but it does not come back to life.
    if (!before) return;
    const gone = before.state === 'destroyed';
    const { internal_metadata, ...fields } = patch;
    const vm: Record<string, unknown> = { ...before };
    for (const [key, value] of Object.entries(fields)) {
      if (gone && (key === 'state' || key === 'zone_state')) continue;
      if (value === null || value === undefined) delete vm[key];
      else vm[key] = value;
    }
    if (internal_metadata) vm.internal_metadata = mergeKeys(before.internal_metadata, internal_metadata);
    this.put(vm as unknown as Vm);
  }

  /** Forgets a record for good; the changefeed says nothing of it. */
  delete(uuid: string): void {
    this.#remove.run(uuid);
    this.#forgetName(uuid);
    this.#dead.delete(uuid);
    this.#vms.delete(uuid);
  }

  close(): void {
    this.#db.close();
  }

  #keep(vm: Vm): void {
    this.#forgetName(vm.uuid);
    this.#vms.set(vm.uuid, vm);
    if (isDead(vm)) this.#dead.add(vm.uuid);
    else this.#dead.delete(vm.uuid);
    const name = nameOf(vm);
    if (name === null) return;
    const holders = this.#named.get(name);
    if (holders) holders.add(vm.uuid);
    else this.#named.set(name, new Set([vm.uuid]));
  }

  #forgetName(uuid: string): void {
    const before = this.#vms.get(uuid);
    const name = before ? nameOf(before) : null;
    const holders = name === null ? undefined : this.#named.get(name);
    if (name === null || !holders) return;
    holders.delete(uuid);
    if (holders.size === 0) this.#named.delete(name);
  }
}

function nameOf(vm: Vm): string | null {
  return vm.alias === null || isDead(vm) ? null : `${vm.owner_uuid}/${vm.alias}`;
}

function isDead({ state }: Vm): boolean {
  return state === 'destroyed' || state === 'failed';
}

function mergeKeys(
  base: Record<string, Scalar>,
  patch: Record<string, Scalar | null>,
): Record<string, Scalar> {
  const out = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = value;
  }
  return out;
}
