// lib/sqlite/open.ts: migrations in order, once each, whole or not at all; a newer file is refused.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDatabase } from '#lib/sqlite/open.ts';

const dir = mkdtempSync('/tmp/sdct-sqlite-');
after(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;
const newFile = (): string => join(dir, `${files++}.db`);

const MIGRATIONS = [
  'CREATE TABLE a (x INTEGER)',
  'INSERT INTO a VALUES (1)',
  'ALTER TABLE a ADD COLUMN y TEXT',
];
const version = (db: ReturnType<typeof openDatabase>) =>
  db.prepare('PRAGMA user_version').get()?.user_version;

test('a new file gets every migration, an older one the missing, none twice', () => {
  const file = newFile();
  const one = openDatabase(file, MIGRATIONS.slice(0, 1));
  assert.equal(version(one), 1);
  one.close();
  for (let i = 0; i < 2; i++) {
    const all = openDatabase(file, MIGRATIONS);
    assert.equal(version(all), 3);
    assert.deepEqual(
      all
        .prepare('SELECT x, y FROM a')
        .all()
        .map((row) => ({ ...row })),
      [{ x: 1, y: null }],
    );
    all.close();
  }
});

test('a file of a newer program is refused and left as it is', () => {
  const file = newFile();
  openDatabase(file, MIGRATIONS).close();
  assert.throws(() => openDatabase(file, MIGRATIONS.slice(0, 2)), {
    message: `${file} has schema version 3, this program knows 2: it was written by a newer sdc-docker`,
  });
  const again = openDatabase(file, MIGRATIONS);
  assert.equal(version(again), 3);
  again.close();
});

test('a migration that fails leaves the version before it, and no lock', () => {
  const file = newFile();
  assert.throws(() =>
    openDatabase(file, [MIGRATIONS[0]!, 'CREATE TABLE b (x INTEGER); INSERT INTO none VALUES (1)']),
  );
  const db = openDatabase(file, MIGRATIONS.slice(0, 1));
  assert.equal(version(db), 1);
  assert.throws(() => db.prepare('SELECT * FROM b'), /no such table/);
  db.exec('INSERT INTO a VALUES (7)');
  db.close();
});

test('write-ahead log, and foreign keys are kept', () => {
  const file = newFile();
  const db = openDatabase(file, [
    'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p (id))',
  ]);
  assert.equal(db.prepare('PRAGMA journal_mode').get()?.journal_mode, 'wal');
  assert.ok(existsSync(`${file}-wal`));
  assert.throws(() => db.exec('INSERT INTO c VALUES (1)'), /FOREIGN KEY/);
  db.close();
});

test('what is no database is refused', () => assert.throws(() => openDatabase('/dev/null/x', [])));
