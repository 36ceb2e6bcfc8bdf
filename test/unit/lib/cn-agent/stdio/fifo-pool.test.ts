// lib/cn-agent/stdio/fifo-pool.ts: what a killed agent leaves is used again, unless a process still holds it.
import assert from 'node:assert/strict';
import { closeSync, constants, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FifoPool } from '#lib/cn-agent/stdio/fifo-pool.ts';

const dir = mkdtempSync(join(tmpdir(), 'fifo-pool-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('the FIFOs of an earlier life are taken over, those in use are left alone', async () => {
  const killed = await FifoPool.open(dir);
  const [held = ''] = await killed.take(1);
  const fd = openSync(held, constants.O_RDWR | constants.O_NONBLOCK);
  const before = readdirSync(dir).sort();
  const pool = await FifoPool.open(dir);
  assert.deepEqual(readdirSync(dir).sort(), before);
  const taken = await pool.take(before.length - 1);
  assert.ok(!taken.includes(held));
  assert.equal(new Set(taken).size, before.length - 1);
  closeSync(fd);
  // Both may still be making more.
  await Promise.all([killed.close(), pool.close()]);
});

test('a FIFO that a record of an earlier life names is given to nobody', async () => {
  const killed = await FifoPool.open(dir);
  const [named = ''] = await killed.take(1);
  const pool = await FifoPool.open(dir);
  pool.withhold([named, '']);
  const taken = await pool.take(readdirSync(dir).length - 1);
  assert.ok(!taken.includes(named));
  await Promise.all([killed.close(), pool.close()]);
});
