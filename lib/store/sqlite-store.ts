// The daemon's own records in one SQLite file: Store (types.ts) over prepared statements.
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '#lib/sqlite/open.ts';
import { EVENTS_KEPT, EVENTS_MAX_AGE, RECORD_VERSION, STORE_MIGRATIONS } from './schema.ts';
import type {
  DockerImage,
  ExecRecord,
  HealthRecord,
  ImageTag,
  NetworkRecord,
  Store,
  StoredEvent,
} from './types.ts';

/** Opens (creates, migrates) the store. ':memory:' works, for tests. Throws when the file is of a newer version. */
export function openStore(file: string): Store {
  const db = openDatabase(file, STORE_MIGRATIONS);
  return {
    images: imagesOf(db),
    tags: tagsOf(db),
    execs: execsOf(db),
    events: eventsOf(db),
    health: healthOf(db),
    networks: networksOf(db),
    close: () => db.close(),
  };
}

interface RecordRow {
  record: string;
}

function parseAll<T>(rows: unknown[]): T[] {
  return (rows as RecordRow[]).map((row) => JSON.parse(row.record) as T);
}

function parseOne<T>(row: unknown): T | null {
  return row === undefined ? null : (JSON.parse((row as RecordRow).record) as T);
}

function imagesOf(db: DatabaseSync): Store['images'] {
  const put = db.prepare(
    'INSERT OR REPLACE INTO docker_images (owner_uuid, config_digest, image_uuid, v, record) VALUES (?, ?, ?, ?, ?)',
  );
  const get = db.prepare('SELECT record FROM docker_images WHERE owner_uuid = ? AND config_digest = ?');
  // '0'..'9','a'..'f' all sort below 'g': a range scan of the key stands for "starts with".
  const range = db.prepare(
    'SELECT record FROM docker_images WHERE owner_uuid = ? AND config_digest >= ? AND config_digest < ?',
  );
  const list = db.prepare('SELECT record FROM docker_images WHERE owner_uuid = ? ORDER BY config_digest');
  const remove = db.prepare('DELETE FROM docker_images WHERE owner_uuid = ? AND config_digest = ?');
  const count = db.prepare('SELECT count(*) AS n FROM docker_images WHERE image_uuid = ?');
  return {
    put(image) {
      put.run(image.owner_uuid, image.config_digest, image.image_uuid, RECORD_VERSION, JSON.stringify(image));
    },
    get: (owner, digest) => parseOne<DockerImage>(get.get(owner, digest)),
    findByPrefix(owner, hex) {
      if (!/^[0-9a-f]{1,64}$/.test(hex)) return [];
      return parseAll<DockerImage>(range.all(owner, `sha256:${hex}`, `sha256:${hex}g`));
    },
    list: (owner) => parseAll<DockerImage>(list.all(owner)),
    delete: (owner, digest) => void remove.run(owner, digest),
    countByImageUuid: (uuid) => (count.get(uuid) as { n: number }).n,
  };
}

function tagsOf(db: DatabaseSync): Store['tags'] {
  const columns = 'owner_uuid, repo, tag, config_digest';
  const put = db.prepare(`INSERT OR REPLACE INTO docker_image_tags (${columns}) VALUES (?, ?, ?, ?)`);
  const get = db.prepare(
    `SELECT ${columns} FROM docker_image_tags WHERE owner_uuid = ? AND repo = ? AND tag = ?`,
  );
  const ofImage = db.prepare(
    `SELECT ${columns} FROM docker_image_tags WHERE owner_uuid = ? AND config_digest = ? ORDER BY repo, tag`,
  );
  const list = db.prepare(`SELECT ${columns} FROM docker_image_tags WHERE owner_uuid = ? ORDER BY repo, tag`);
  const remove = db.prepare('DELETE FROM docker_image_tags WHERE owner_uuid = ? AND repo = ? AND tag = ?');
  const plain = (row: unknown): ImageTag => ({ ...(row as ImageTag) });
  return {
    put: (tag) => void put.run(tag.owner_uuid, tag.repo, tag.tag, tag.config_digest),
    get(owner, repo, tag) {
      const row = get.get(owner, repo, tag);
      return row === undefined ? null : plain(row);
    },
    ofImage: (owner, digest) => ofImage.all(owner, digest).map(plain),
    list: (owner) => list.all(owner).map(plain),
    delete: (owner, repo, tag) => void remove.run(owner, repo, tag),
  };
}

function execsOf(db: DatabaseSync): Store['execs'] {
  const put = db.prepare(
    'INSERT OR REPLACE INTO execs (id, owner_uuid, vm_uuid, exited_at, v, record) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const get = db.prepare('SELECT record FROM execs WHERE id = ? AND owner_uuid = ?');
  const unfinished = db.prepare(
    'SELECT record FROM execs WHERE vm_uuid = ? AND owner_uuid = ? AND exited_at IS NULL',
  );
  const removeOfVm = db.prepare('DELETE FROM execs WHERE vm_uuid = ?');
  const prune = db.prepare('DELETE FROM execs WHERE exited_at < ?');
  return {
    put(record) {
      const { id, owner_uuid, vm_uuid, exited_at } = record;
      put.run(id, owner_uuid, vm_uuid, exited_at, RECORD_VERSION, JSON.stringify(record));
    },
    get: (owner, id) => parseOne<ExecRecord>(get.get(id, owner)),
    unfinished: (owner, vmUuid) =>
      parseAll<ExecRecord>(unfinished.all(vmUuid, owner)).sort((a, b) => a.created_at - b.created_at),
    deleteOfContainer: (vmUuid) => void removeOfVm.run(vmUuid),
    prune: (exitedBefore) => void prune.run(exitedBefore),
  };
}

function eventsOf(db: DatabaseSync): Store['events'] {
  const add = db.prepare('INSERT INTO events (owner_uuid, time_nano, json) VALUES (?, ?, ?)');
  const list = db.prepare(
    'SELECT owner_uuid, time_nano, json FROM events WHERE owner_uuid = ? AND time_nano >= ? AND time_nano <= ? ORDER BY time_nano, seq',
  );
  list.setReadBigInts(true);
  const forgetOld = db.prepare('DELETE FROM events WHERE time_nano < ?');
  const forgetMany = db.prepare(
    `DELETE FROM events WHERE owner_uuid = ? AND time_nano <
       (SELECT time_nano FROM events WHERE owner_uuid = ? ORDER BY time_nano DESC LIMIT 1 OFFSET ?)`,
  );
  const seen = db.prepare('SELECT json FROM vms_seen WHERE vm_uuid = ?');
  const allSeen = db.prepare('SELECT vm_uuid AS vmUuid, json FROM vms_seen');
  const setSeen = db.prepare('INSERT OR REPLACE INTO vms_seen (vm_uuid, json) VALUES (?, ?)');
  const unsetSeen = db.prepare('DELETE FROM vms_seen WHERE vm_uuid = ?');
  const addedOf = new Map<string, number>();

  // Pruning each time would cost more than the insert: it is done once per owner and EVENTS_KEPT events.
  function prune(owner: string, now: bigint): void {
    const added = addedOf.get(owner) ?? 0;
    addedOf.set(owner, added >= EVENTS_KEPT ? 1 : added + 1);
    if (added !== 0 && added < EVENTS_KEPT) return;
    forgetOld.run(now - EVENTS_MAX_AGE);
    forgetMany.run(owner, owner, EVENTS_KEPT - 1);
  }

  return {
    add(event) {
      add.run(event.owner_uuid, event.time_nano, event.json);
      prune(event.owner_uuid, event.time_nano);
    },
    list: (owner, since, until) =>
      list
        .all(owner, since ?? 0n, until ?? 0x7fffffffffffffffn)
        .map((row) => ({ ...(row as unknown as StoredEvent) })),
    seen(vmUuid) {
      const row = seen.get(vmUuid) as { json: string } | undefined;
      return row?.json ?? null;
    },
    setSeen(vmUuid, json) {
      if (json === null) unsetSeen.run(vmUuid);
      else setSeen.run(vmUuid, json);
    },
    allSeen: () => allSeen.all().map((row) => ({ ...(row as unknown as { vmUuid: string; json: string }) })),
  };
}

function healthOf(db: DatabaseSync): Store['health'] {
  const put = db.prepare('INSERT OR REPLACE INTO health (vm_uuid, v, record) VALUES (?, ?, ?)');
  const get = db.prepare('SELECT record FROM health WHERE vm_uuid = ?');
  const all = db.prepare('SELECT record FROM health');
  const remove = db.prepare('DELETE FROM health WHERE vm_uuid = ?');
  return {
    put: (record) => void put.run(record.vm_uuid, RECORD_VERSION, JSON.stringify(record)),
    get: (vmUuid) => parseOne<HealthRecord>(get.get(vmUuid)),
    all: () => parseAll<HealthRecord>(all.all()),
    delete: (vmUuid) => void remove.run(vmUuid),
  };
}

function networksOf(db: DatabaseSync): Store['networks'] {
  const put = db.prepare('INSERT OR REPLACE INTO networks (owner_uuid, uuid, v, record) VALUES (?, ?, ?, ?)');
  const get = db.prepare('SELECT record FROM networks WHERE owner_uuid = ? AND uuid = ?');
  const list = db.prepare('SELECT record FROM networks WHERE owner_uuid = ?');
  const all = db.prepare('SELECT record FROM networks');
  const remove = db.prepare('DELETE FROM networks WHERE owner_uuid = ? AND uuid = ?');
  return {
    put: (record) => void put.run(record.owner_uuid, record.uuid, RECORD_VERSION, JSON.stringify(record)),
    get: (owner, uuid) => parseOne<NetworkRecord>(get.get(owner, uuid)),
    list: (owner) => parseAll<NetworkRecord>(list.all(owner)),
    all: () => parseAll<NetworkRecord>(all.all()),
    delete: (owner, uuid) => void remove.run(owner, uuid),
  };
}
