// lib/sqlite/reserve.ts on a real, full file system: records still change, as they must for a container to be removed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openDatabase } from '#lib/sqlite/open.ts';
import { reserveSpace } from '#lib/sqlite/reserve.ts';

describe('on a full disk', () => {
  let dir = '';
  before(() => {
    dir = mkdtempSync('/tmp/sdct-full-');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', dir]);
  });
  after(() => {
    execFileSync('umount', ['-l', dir]);
    rmSync(dir, { recursive: true });
  });

  it('a database with a reserve takes thousands of changes, past its checkpoints', async () => {
    const file = join(dir, 'records.db');
    const db = openDatabase(file, ['CREATE TABLE records (id INTEGER PRIMARY KEY, text TEXT)']);
    await reserveSpace(file);
    const megabyte = Buffer.alloc(1 << 20);
    assert.throws(() => {
      for (;;) appendFileSync(join(dir, 'fill'), megabyte);
    }, /ENOSPC/);
    const put = db.prepare('INSERT OR REPLACE INTO records VALUES (?, ?)');
    // Two dozen records of 4 KiB, over and over: 12 MiB through the WAL.
    for (let n = 0; n < 3000; n++) put.run(n % 24, String(n).repeat(1000));
    db.exec('DELETE FROM records');
    db.close();
  });
});
