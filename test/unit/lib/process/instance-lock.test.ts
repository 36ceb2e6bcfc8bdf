// One instance per folder, and the lock goes with its holder.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lockInstance } from '#lib/process/instance-lock.ts';

it('is held once per folder', async () => {
  const dir = `/nonexistent/${process.pid}`;
  const release = await lockInstance('CoaL', dir);
  await assert.rejects(lockInstance('CoaL', dir), /another CoaL is running on \/nonexistent/);
  (await lockInstance('daemon', dir))();
  release();
  (await lockInstance('CoaL', dir))();
});
