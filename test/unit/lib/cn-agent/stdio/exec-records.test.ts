// lib/cn-agent/stdio/exec-records.ts: what is kept over a restart, what is forgotten, and that a zone taken away does not come back.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ExecRecords } from '#lib/cn-agent/stdio/exec-records.ts';

const zone = mkdtempSync(join(tmpdir(), 'exec-records-'));
const dir = join(zone, 'exec');
after(() => rmSync(zone, { recursive: true, force: true }));

test('a record is there for the next agent, until it is forgotten', async () => {
  const records = new ExecRecords(dir);
  const record = records.add('a1', { KillWhenGone: true });
  await records.save(record);
  assert.deepEqual(await new ExecRecords(dir).load(), [record]);
  assert.equal(record.killWhenGone, true);
  await records.forget('a1');
  assert.equal(records.get('a1'), null);
  assert.deepEqual(readdirSync(dir), []);
});

test('an exec that ends after its container is gone leaves nothing', async () => {
  const records = new ExecRecords(dir);
  const record = records.add('b1', {});
  await records.save(record);
  await records.remove();
  await records.save(record);
  assert.equal(existsSync(dir), false);
  const late = new ExecRecords(join(zone, 'gone', 'exec'));
  await late.save(late.add('b2', {}));
  assert.equal(existsSync(join(zone, 'gone')), false);
});
