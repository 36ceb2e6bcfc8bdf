// Opens one SQLite file the way every store here wants it: WAL, durable against kill -9, migrated to the newest schema.
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens (and creates) a database. `migrations[i]` brings schema version i to i+1 and is never edited once released;
 * PRAGMA user_version holds the version. A file of a newer version is refused.
 */
export function openDatabase(file: string, migrations: readonly string[]): DatabaseSync {
  const db = open(file);
  const row = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (row.user_version > migrations.length) {
    db.close();
    throw new Error(
      `${file} has schema version ${row.user_version}, this program knows ${migrations.length}: it was written by a newer sdc-docker`,
    );
  }
  for (let version = row.user_version; version < migrations.length; version++) {
    try {
      db.exec(`BEGIN; ${migrations[version]}; PRAGMA user_version = ${version + 1}; COMMIT;`);
    } catch (err) {
      // Closing rolls back, and gives up the lock that the next try needs.
      db.close();
      throw err;
    }
  }
  return db;
}

function open(file: string): DatabaseSync {
  try {
    const db = new DatabaseSync(file, { timeout: 5000 });
    // NORMAL in WAL survives a crash of any process; only a power cut may lose the last commits, never the file.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
    return db;
  } catch (err) {
    // SQLite's own words name no file, and "disk I/O error" is mostly a full disk.
    throw new Error(`cannot open the database ${file}: ${(err as Error).message}; is its disk full?`, {
      cause: err,
    });
  }
}
