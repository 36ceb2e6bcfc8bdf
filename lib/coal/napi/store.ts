// NAPI's records in SQLite (napi.db): networks, fabric VLANs, reserved addresses, nics; a change is durable when its function returns.
import type { DatabaseSync } from 'node:sqlite';
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
  `
  ALTER TABLE networks ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE networks ADD COLUMN fabric TEXT;
  CREATE TABLE vnets (
    owner_uuid TEXT NOT NULL PRIMARY KEY,
    vnet_id INTEGER NOT NULL UNIQUE
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE vlans (
    owner_uuid TEXT NOT NULL,
    vlan_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    PRIMARY KEY (owner_uuid, vlan_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE reserved_ips (
    network_uuid TEXT NOT NULL REFERENCES networks (uuid) ON DELETE CASCADE,
    ip INTEGER NOT NULL,
    PRIMARY KEY (network_uuid, ip)
  ) STRICT, WITHOUT ROWID
  `,
  `
  ALTER TABLE nics ADD COLUMN network6_uuid TEXT;
  ALTER TABLE nics ADD COLUMN ip6 TEXT;
  CREATE UNIQUE INDEX nics_ip6 ON nics (network6_uuid, ip6);
  CREATE TABLE reserved_ip6s (
    network_uuid TEXT NOT NULL REFERENCES networks (uuid) ON DELETE CASCADE,
    ip TEXT NOT NULL,
    PRIMARY KEY (network_uuid, ip)
  ) STRICT, WITHOUT ROWID
  `,
];

/** What a fabric network has beyond the one of the settings; kept as JSON. */
export interface FabricRecord {
  v: 1;
  owner_uuid: string;
  vlan_id: number;
  vnet_id: number;
  gateway: string | null;
  provision_start_ip: string;
  provision_end_ip: string;
  /** False: nothing leads out, and the nics have no gateway. */
  internet_nat: boolean;
  resolvers: string[];
  mtu: number;
  /** False: its nics do not reach each other. */
  peers?: boolean;
  /** False: what leaves the machine keeps its own address. */
  masquerade?: boolean;
  description: string | null;
}

export interface VlanRow {
  owner_uuid: string;
  vlan_id: number;
  name: string;
  description: string | null;
}

export interface NetworkRow {
  uuid: string;
  nic_tag_uuid: string;
  name: string;
  /** CIDR. */
  subnet: string;
  /** Where the search for a free address goes on; of IPv6 counted from provision_start_ip. */
  next_ip: number;
  /** Small and unique among those that there are: the machine names its bridge by it. 0 = the network of the settings. */
  number: number;
  /** null for the network of the settings. */
  fabric: FabricRecord | null;
}

export interface NicRow {
  /** '90:b8:d0:…', lower case. */
  mac: string;
  ip: number;
  network_uuid: string;
  /** The IPv6 network of the same VLAN that it has a second address of, and that address, both or none. */
  network6_uuid: string | null;
  ip6: string | null;
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

/** Network uuid → where the search for a free address goes on. */
export type NextIps = ReadonlyMap<string, number>;

export interface NapiStore {
  networks(): NetworkRow[];
  putNetwork(row: NetworkRow): void;
  removeNetwork(uuid: string): void;
  vnets(): { owner_uuid: string; vnet_id: number }[];
  /** All of them, and the owner's vnet when that is new. */
  addVlan(row: VlanRow, vnetId: number): void;
  updateVlan(row: VlanRow): void;
  removeVlan(owner: string, vlanId: number): void;
  vlans(): VlanRow[];
  reservedIps(): { network_uuid: string; ip: number }[];
  setReserved(networkUuid: string, ip: number, reserved: boolean): void;
  reservedIpv6s(): { network_uuid: string; ip: string }[];
  setReservedIpv6(networkUuid: string, ip: string, reserved: boolean): void;
  /** By holder and interface. */
  nics(): NicRow[];
  /** All of them and the new places of the search, or nothing. */
  addNics(rows: NicRow[], next: NextIps): void;
  removeNics(macs: string[], next: NextIps): void;
  setPrimary(mac: string, primary: boolean): void;
  close(): void;
}

/** Opens (creates) the file. */
export function openNapiStore(file: string): NapiStore {
  const db = openDatabase(file, MIGRATIONS);
  return { ...networksOf(db), ...reservedOf(db), ...vlansOf(db), ...nicsOf(db), close: () => db.close() };
}

type NetworkPart = 'networks' | 'putNetwork' | 'removeNetwork';

function networksOf(db: DatabaseSync): Pick<NapiStore, NetworkPart> {
  const columns = 'uuid, nic_tag_uuid, name, subnet, next_ip, number, fabric';
  const networks = db.prepare(`SELECT ${columns} FROM networks ORDER BY number`);
  const put = db.prepare(
    `INSERT INTO networks (${columns}) VALUES (:uuid, :nic_tag_uuid, :name, :subnet, :next_ip, :number, :fabric)
     ON CONFLICT (uuid) DO UPDATE SET name = excluded.name, subnet = excluded.subnet, next_ip = excluded.next_ip, fabric = excluded.fabric`,
  );
  const remove = db.prepare('DELETE FROM networks WHERE uuid = ?');
  return {
    networks: () =>
      networks.all().map((row) => {
        const { fabric, ...rest } = row as unknown as NetworkRow & { fabric: string | null };
        return { ...rest, fabric: fabric === null ? null : (JSON.parse(fabric) as FabricRecord) };
      }),
    putNetwork: (row) =>
      void put.run({ ...row, fabric: row.fabric === null ? null : JSON.stringify(row.fabric) }),
    removeNetwork: (uuid) => void remove.run(uuid),
  };
}

type ReservedPart = 'reservedIps' | 'setReserved' | 'reservedIpv6s' | 'setReservedIpv6';

function reservedOf(db: DatabaseSync): Pick<NapiStore, ReservedPart> {
  const of = (table: string) => ({
    all: db.prepare(`SELECT network_uuid, ip FROM ${table}`),
    put: db.prepare(`INSERT OR IGNORE INTO ${table} (network_uuid, ip) VALUES (?, ?)`),
    remove: db.prepare(`DELETE FROM ${table} WHERE network_uuid = ? AND ip = ?`),
  });
  const [four, six] = [of('reserved_ips'), of('reserved_ip6s')];
  return {
    reservedIps: () => four.all.all() as unknown as { network_uuid: string; ip: number }[],
    setReserved: (uuid, ip, on) => void (on ? four.put : four.remove).run(uuid, ip),
    reservedIpv6s: () => six.all.all() as unknown as { network_uuid: string; ip: string }[],
    setReservedIpv6: (uuid, ip, on) => void (on ? six.put : six.remove).run(uuid, ip),
  };
}

type VlanPart = 'vnets' | 'addVlan' | 'updateVlan' | 'removeVlan' | 'vlans';

function vlansOf(db: DatabaseSync): Pick<NapiStore, VlanPart> {
  const together = transactions(db);
  const vnets = db.prepare('SELECT owner_uuid, vnet_id FROM vnets');
  const addVnet = db.prepare('INSERT OR IGNORE INTO vnets (owner_uuid, vnet_id) VALUES (?, ?)');
  const vlans = db.prepare(
    'SELECT owner_uuid, vlan_id, name, description FROM vlans ORDER BY owner_uuid, vlan_id',
  );
  const add = db.prepare(
    'INSERT INTO vlans (owner_uuid, vlan_id, name, description) VALUES (:owner_uuid, :vlan_id, :name, :description)',
  );
  const update = db.prepare(
    'UPDATE vlans SET name = :name, description = :description WHERE owner_uuid = :owner_uuid AND vlan_id = :vlan_id',
  );
  const remove = db.prepare('DELETE FROM vlans WHERE owner_uuid = ? AND vlan_id = ?');
  return {
    vnets: () => vnets.all() as unknown as { owner_uuid: string; vnet_id: number }[],
    vlans: () => vlans.all() as unknown as VlanRow[],
    addVlan: (row, vnetId) =>
      together(() => {
        addVnet.run(row.owner_uuid, vnetId);
        add.run({ ...row });
      }),
    updateVlan: (row) => void update.run({ ...row }),
    removeVlan: (owner, vlanId) => void remove.run(owner, vlanId),
  };
}

function nicsOf(db: DatabaseSync): Pick<NapiStore, 'nics' | 'addNics' | 'removeNics' | 'setPrimary'> {
  const together = transactions(db);
  const moveNext = db.prepare('UPDATE networks SET next_ip = ? WHERE uuid = ?');
  const names =
    'mac ip network_uuid network6_uuid ip6 owner_uuid belongs_to_uuid belongs_to_type slot is_primary state created';
  const columns = names.split(' ').join(', ');
  const nics = db.prepare(`SELECT ${columns} FROM nics ORDER BY belongs_to_uuid, slot`);
  const values = names.split(' ').map((name) => `:${name}`);
  const add = db.prepare(`INSERT INTO nics (${columns}) VALUES (${values.join(', ')})`);
  const remove = db.prepare('DELETE FROM nics WHERE mac = ?');
  const setPrimary = db.prepare('UPDATE nics SET is_primary = ? WHERE mac = ?');
  const move = (next: NextIps): void => {
    for (const [uuid, ip] of next) moveNext.run(ip, uuid);
  };
  return {
    nics: () => nics.all() as unknown as NicRow[],
    addNics: (rows, next) =>
      together(() => {
        for (const row of rows) add.run({ ...row });
        move(next);
      }),
    removeNics: (macs, next) =>
      together(() => {
        for (const mac of macs) remove.run(mac);
        move(next);
      }),
    setPrimary: (mac, primary) => void setPrimary.run(primary ? 1 : 0, mac),
  };
}
