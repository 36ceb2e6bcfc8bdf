// The schema of the daemon's own store: migration i brings version i to i+1 and is never edited once released.

/** Records are kept whole as JSON next to the columns they are looked up by, so that a new field needs no migration. */
export const STORE_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE docker_images (
    owner_uuid TEXT NOT NULL,
    config_digest TEXT NOT NULL,
    image_uuid TEXT NOT NULL,
    v INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (owner_uuid, config_digest)
  ) WITHOUT ROWID;
  CREATE INDEX docker_images_by_image ON docker_images (image_uuid);

  CREATE TABLE docker_image_tags (
    owner_uuid TEXT NOT NULL,
    repo TEXT NOT NULL,
    tag TEXT NOT NULL,
    config_digest TEXT NOT NULL,
    PRIMARY KEY (owner_uuid, repo, tag)
  ) WITHOUT ROWID;
  CREATE INDEX docker_image_tags_by_image ON docker_image_tags (owner_uuid, config_digest);

  CREATE TABLE execs (
    id TEXT NOT NULL PRIMARY KEY,
    owner_uuid TEXT NOT NULL,
    vm_uuid TEXT NOT NULL,
    exited_at INTEGER,
    v INTEGER NOT NULL,
    record TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX execs_by_vm ON execs (vm_uuid);
  CREATE INDEX execs_by_exit ON execs (exited_at) WHERE exited_at IS NOT NULL;

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    owner_uuid TEXT NOT NULL,
    time_nano INTEGER NOT NULL,
    json TEXT NOT NULL
  );
  CREATE INDEX events_by_owner ON events (owner_uuid, time_nano, seq);
  CREATE INDEX events_by_time ON events (time_nano);

  CREATE TABLE vms_seen (
    vm_uuid TEXT NOT NULL PRIMARY KEY,
    json TEXT NOT NULL
  ) WITHOUT ROWID
  `,
  `
  CREATE TABLE health (
    vm_uuid TEXT NOT NULL PRIMARY KEY,
    v INTEGER NOT NULL,
    record TEXT NOT NULL
  ) WITHOUT ROWID
  `,
  // docker inspect asks for those of a container that may have thousands of ended ones.
  `
  CREATE INDEX execs_unfinished ON execs (vm_uuid) WHERE exited_at IS NULL
  `,
  `
  CREATE TABLE networks (
    owner_uuid TEXT NOT NULL,
    uuid TEXT NOT NULL,
    v INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (owner_uuid, uuid)
  ) WITHOUT ROWID
  `,
];

/** Version stamped on each JSON record; raise it, and read the old form, when a record's shape changes. */
export const RECORD_VERSION = 1;

/** Events kept per owner at least; twice as many may stand before a prune. */
export const EVENTS_KEPT = 2048;

/** Nanoseconds after which an event is forgotten. */
export const EVENTS_MAX_AGE = 7n * 24n * 3600n * 1_000_000_000n;
