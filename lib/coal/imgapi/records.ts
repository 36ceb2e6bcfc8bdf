// IMGAPI's records in SQLite: a manifest per layer, and the Docker configurations that stand on a top layer.
import { openDatabase } from '#lib/sqlite/open.ts';
import { transactions } from '#lib/sqlite/transaction.ts';
import type { ImageManifest } from '#lib/wire/types.ts';

const MIGRATIONS = [
  `
  CREATE TABLE images (
    uuid TEXT NOT NULL PRIMARY KEY,
    origin TEXT,
    chain_id TEXT,
    layer_digest TEXT,
    v INTEGER NOT NULL,
    manifest TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX images_by_origin ON images (origin);
  CREATE INDEX images_by_chain ON images (chain_id);
  CREATE INDEX images_by_layer ON images (layer_digest);

  CREATE TABLE docker_configs (
    image_uuid TEXT NOT NULL,
    config_digest TEXT NOT NULL,
    imported_at INTEGER NOT NULL,
    config TEXT NOT NULL,
    PRIMARY KEY (image_uuid, config_digest)
  ) WITHOUT ROWID;
  CREATE INDEX docker_configs_by_digest ON docker_configs (config_digest)
  `,
];
const MANIFEST_VERSION = 1;
/** On the same layers: each build makes new ones, and a VM has what it needs of its own in its metadata. */
const CONFIGS_KEPT = 100;

export interface ImageRecord {
  manifest: ImageManifest;
  /** Snapshot name; null for an image without layers. */
  chainId: string | null;
  /** Digest of the compressed layer, null without layers. */
  layerDigest: string | null;
}

export interface ImageRecords {
  get(uuid: string): ImageRecord | null;
  list(): ImageManifest[];
  hasChildren(uuid: string): boolean;
  usesChain(chainId: string): boolean;
  usesLayer(digest: string): boolean;
  /** All layers of a pull and the top one's configuration, at once. */
  putImage(layers: ImageRecord[], config: { digest: string; text: string; at: number }): void;
  delete(uuid: string): void;
  /** The configuration imported last on this image (equal layers can carry several). */
  latestConfig(uuid: string): string | null;
  /** A configuration by its digest, whichever image it belongs to. */
  configByDigest(digest: string): string | null;
  /** The same, of this image only. */
  configOn(uuid: string, digest: string): string | null;
  /** Another number after each change. */
  version(): number;
  close(): void;
}

interface Row {
  manifest: string;
  chain_id: string | null;
  layer_digest: string | null;
}

/** Opens (creates) the file. */
export function openImageRecords(file: string): ImageRecords {
  const db = openDatabase(file, MIGRATIONS);
  const get = db.prepare('SELECT manifest, chain_id, layer_digest FROM images WHERE uuid = ?');
  const list = db.prepare('SELECT manifest FROM images ORDER BY uuid');
  const child = db.prepare('SELECT 1 FROM images WHERE origin = ? LIMIT 1');
  const chain = db.prepare('SELECT 1 FROM images WHERE chain_id = ? LIMIT 1');
  const layer = db.prepare('SELECT 1 FROM images WHERE layer_digest = ? LIMIT 1');
  const put = db.prepare(
    'INSERT OR REPLACE INTO images (uuid, origin, chain_id, layer_digest, v, manifest) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const putConfig = db.prepare(
    'INSERT OR REPLACE INTO docker_configs (image_uuid, config_digest, imported_at, config) VALUES (?, ?, ?, ?)',
  );
  const forgetConfigs = db.prepare(
    `DELETE FROM docker_configs WHERE image_uuid = ? AND config_digest IN
       (SELECT config_digest FROM docker_configs WHERE image_uuid = ? ORDER BY imported_at DESC LIMIT -1 OFFSET ?)`,
  );
  const remove = db.prepare('DELETE FROM images WHERE uuid = ?');
  const removeConfigs = db.prepare('DELETE FROM docker_configs WHERE image_uuid = ?');
  const latest = db.prepare(
    'SELECT config FROM docker_configs WHERE image_uuid = ? ORDER BY imported_at DESC LIMIT 1',
  );
  const byDigest = db.prepare('SELECT config FROM docker_configs WHERE config_digest = ? LIMIT 1');

  const onImage = db.prepare('SELECT config FROM docker_configs WHERE image_uuid = ? AND config_digest = ?');

  let version = 0;
  const atOnce = transactions(db);
  const together = (change: () => void): void => {
    version++;
    atOnce(change);
  };
  const configOf = (row: unknown): string | null => (row as { config: string } | undefined)?.config ?? null;

  return {
    get(uuid) {
      const row = get.get(uuid) as Row | undefined;
      if (row === undefined) return null;
      const manifest = JSON.parse(row.manifest) as ImageManifest;
      return { manifest, chainId: row.chain_id, layerDigest: row.layer_digest };
    },
    list: () => (list.all() as unknown as Row[]).map((row) => JSON.parse(row.manifest) as ImageManifest),
    hasChildren: (uuid) => child.get(uuid) !== undefined,
    usesChain: (chainId) => chain.get(chainId) !== undefined,
    usesLayer: (digest) => layer.get(digest) !== undefined,
    putImage: (layers, config) =>
      together(() => {
        for (const { manifest, chainId, layerDigest } of layers) {
          const { uuid, origin = null } = manifest;
          put.run(uuid, origin, chainId, layerDigest, MANIFEST_VERSION, JSON.stringify(manifest));
        }
        const top = layers.at(-1)?.manifest.uuid;
        if (top === undefined) return;
        putConfig.run(top, config.digest, config.at, config.text);
        forgetConfigs.run(top, top, CONFIGS_KEPT);
      }),
    delete: (uuid) =>
      together(() => {
        remove.run(uuid);
        removeConfigs.run(uuid);
      }),
    latestConfig: (uuid) => configOf(latest.get(uuid)),
    configByDigest: (digest) => configOf(byDigest.get(digest)),
    configOn: (uuid, digest) => configOf(onImage.get(uuid, digest)),
    version: () => version,
    close: () => db.close(),
  };
}
