// VOLAPI's records in SQLite (volapi.db): volumes and which VM uses which; a change is durable when its function returns.
import { openDatabase } from '#lib/sqlite/open.ts';
import { transactions } from '#lib/sqlite/transaction.ts';
import type { Volume } from '#lib/wire/types.ts';

const MIGRATIONS = [
  `
  CREATE TABLE volumes (
    uuid TEXT NOT NULL PRIMARY KEY,
    owner_uuid TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    made_for TEXT,
    v INTEGER NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (owner_uuid, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE refs (
    vm_uuid TEXT NOT NULL,
    volume_uuid TEXT NOT NULL REFERENCES volumes (uuid) ON DELETE CASCADE,
    PRIMARY KEY (vm_uuid, volume_uuid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX refs_by_volume ON refs (volume_uuid);
  CREATE INDEX volumes_by_vm ON volumes (made_for) WHERE made_for IS NOT NULL
  `,
];
/** Of the record's own form, apart from the table's. */
const RECORD_VERSION = 1;

/** A volume with what only VOLAPI needs to know. */
export interface VolumeRow {
  volume: Volume;
  /** The VM in whose provisioning it is made: with that it goes, should that fail. */
  madeFor: string | null;
}

export interface VolapiStore {
  all(): VolumeRow[];
  get(uuid: string): VolumeRow | null;
  find(owner: string, name: string): VolumeRow | null;
  put(row: VolumeRow): void;
  delete(uuid: string): void;
  addRef(volume: string, vm: string): void;
  removeRef(volume: string, vm: string): void;
  /** VMs that use a volume. */
  refs(volume: string): string[];
  /** Volumes that a VM uses. */
  ofVm(vm: string): VolumeRow[];
  /** Volumes made for a VM that is not there yet. */
  madeFor(vm: string): VolumeRow[];
  /** Every VM that uses a volume, or for which one is being made. */
  holders(): string[];
  together(step: () => void): void;
  close(): void;
}

/** Opens (creates) the file. */
export function openVolapiStore(file: string): VolapiStore {
  const db = openDatabase(file, MIGRATIONS);
  const columns = 'SELECT v, record, made_for FROM volumes';
  const all = db.prepare(`${columns} ORDER BY name`);
  const get = db.prepare(`${columns} WHERE uuid = ?`);
  const find = db.prepare(`${columns} WHERE owner_uuid = ? AND name = ?`);
  const put = db.prepare(
    `INSERT INTO volumes (uuid, owner_uuid, name, state, made_for, v, record) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, state = excluded.state, made_for = excluded.made_for,
       v = excluded.v, record = excluded.record`,
  );
  const remove = db.prepare('DELETE FROM volumes WHERE uuid = ?');
  const addRef = db.prepare('INSERT OR IGNORE INTO refs (vm_uuid, volume_uuid) VALUES (?, ?)');
  const removeRef = db.prepare('DELETE FROM refs WHERE vm_uuid = ? AND volume_uuid = ?');
  const refs = db.prepare('SELECT vm_uuid FROM refs WHERE volume_uuid = ?');
  const ofVm = db.prepare(
    `${columns} WHERE uuid IN (SELECT volume_uuid FROM refs WHERE vm_uuid = ?) ORDER BY name`,
  );
  const madeFor = db.prepare(`${columns} WHERE made_for = ?`);
  const holders = db.prepare(
    'SELECT vm_uuid FROM refs UNION SELECT made_for FROM volumes WHERE made_for IS NOT NULL',
  );
  return {
    all: () => all.all().map(toRow),
    get: (uuid) => first(get.all(uuid)),
    find: (owner, name) => first(find.all(owner, name)),
    put: ({ volume, madeFor }) => {
      const { uuid, owner_uuid, name, state } = volume;
      put.run(uuid, owner_uuid, name, state, madeFor, RECORD_VERSION, JSON.stringify(volume));
    },
    delete: (uuid) => void remove.run(uuid),
    addRef: (volume, vm) => void addRef.run(vm, volume),
    removeRef: (volume, vm) => void removeRef.run(vm, volume),
    refs: (volume) => refs.all(volume).map((row) => String(row.vm_uuid)),
    ofVm: (vm) => ofVm.all(vm).map(toRow),
    madeFor: (vm) => madeFor.all(vm).map(toRow),
    holders: () => holders.all().map((row) => String(row.vm_uuid)),
    together: transactions(db),
    close: () => db.close(),
  };
}

type Raw = Record<string, unknown>;

function first(rows: Raw[]): VolumeRow | null {
  return rows[0] ? toRow(rows[0]) : null;
}

function toRow({ v, record, made_for }: Raw): VolumeRow {
  if (v !== RECORD_VERSION)
    throw new Error(`a volume has record version ${String(v)}, written by a newer sdc-docker`);
  return { volume: JSON.parse(String(record)) as Volume, madeFor: made_for as string | null };
}
