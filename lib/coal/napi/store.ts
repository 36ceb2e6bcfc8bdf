// NAPI's records in SQLite (napi.db): the network and the nics on it; a change is durable when its function returns.
import { openDatabase } from '#lib/sqlite/open.ts';
import { transactions } from '#lib/sqlite/transaction.ts';

const MIGRATIONS = [
  `
  CREATE TABLE networks (
    uuid TEXT NOT NULL PRIMARY KEY,
    nic_tag_uuid TEXT NOT NULL,
    name TEXT NOT NULL,
    subnet TEXT NOT NULL,
    next_ip INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE nics (
    mac TEXT NOT NULL PRIMARY KEY,
    ip INTEGER NOT NULL,
    network_uuid TEXT NOT NULL REFERENCES networks (uuid),
    owner_uuid TEXT NOT NULL,
    belongs_to_uuid TEXT NOT NULL,
    belongs_to_type TEXT NOT NULL,
    slot INTEGER NOT NULL,
    is_primary INTEGER NOT NULL,
    state TEXT NOT NULL,
    created TEXT NOT NULL,
    UNIQUE (network_uuid, ip)
  ) STRICT, WITHOUT ROWID
  `,
];

export interface NetworkRow {
  uuid: string;
  nic_tag_uuid: string;
  name: string;
  /** CIDR. */
  subnet: string;
  /** Where the search for a free address goes on. */
  next_ip: number;
}

export interface NicRow {
  /** '90:b8:d0:…', lower case. */
  mac: string;
  ip: number;
  network_uuid: string;
  owner_uuid: string;
  belongs_to_uuid: string;
  belongs_to_type: 'zone' | 'server' | 'other';
  /** n of eth<n>. */
  slot: number;
  /** SQLite has no booleans. */
  is_primary: 0 | 1;
  state: 'provisioning' | 'running' | 'stopped';
  /** ISO. */
  created: string;
}

export interface NapiStore {
  /** null in a new file. */
  network(): NetworkRow | null;
  putNetwork(row: NetworkRow): void;
  /** By holder and interface. */
  nics(): NicRow[];
  /** All of them and the new place of the search, or nothing. */
  addNics(rows: NicRow[], nextIp: number): void;
  removeNics(macs: string[], nextIp: number): void;
  close(): void;
}

/** Opens (creates) the file. */
export function openNapiStore(file: string): NapiStore {
  const db = openDatabase(file, MIGRATIONS);
  const network = db.prepare('SELECT uuid, nic_tag_uuid, name, subnet, next_ip FROM networks LIMIT 1');
  const putNetwork = db.prepare(
    `INSERT INTO networks (uuid, nic_tag_uuid, name, subnet, next_ip) VALUES (:uuid, :nic_tag_uuid, :name, :subnet, :next_ip)
     ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, subnet = excluded.subnet, next_ip = excluded.next_ip`,
  );
  const moveNext = db.prepare('UPDATE networks SET next_ip = ?');
  const nics = db.prepare(
    `SELECT mac, ip, network_uuid, owner_uuid, belongs_to_uuid, belongs_to_type, slot, is_primary, state, created
     FROM nics ORDER BY belongs_to_uuid, slot`,
  );
  const addNic = db.prepare(
    `INSERT INTO nics (mac, ip, network_uuid, owner_uuid, belongs_to_uuid, belongs_to_type, slot, is_primary, state, created)
     VALUES (:mac, :ip, :network_uuid, :owner_uuid, :belongs_to_uuid, :belongs_to_type, :slot, :is_primary, :state, :created)`,
  );
  const removeNic = db.prepare('DELETE FROM nics WHERE mac = ?');

  const together = transactions(db);

  return {
    network: () => (network.get() as unknown as NetworkRow | undefined) ?? null,
    putNetwork: (row) => void putNetwork.run({ ...row }),
    nics: () => nics.all() as unknown as NicRow[],
    addNics: (rows, nextIp) =>
      together(() => {
        for (const row of rows) addNic.run({ ...row });
        moveNext.run(nextIp);
      }),
    removeNics: (macs, nextIp) =>
      together(() => {
        for (const mac of macs) removeNic.run(mac);
        moveNext.run(nextIp);
      }),
    close: () => db.close(),
  };
}
