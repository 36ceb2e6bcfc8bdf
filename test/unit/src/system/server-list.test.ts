// How long CNAPI's answer is remembered, and what there is when it does not answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import bunyan from 'bunyan';
import type { Req } from '#src/context.ts';
import { ServerLists } from '#src/system/server-list.ts';

const log = bunyan.createLogger({ name: 'test', level: bunyan.FATAL + 1 });

function request(listServers: () => Promise<unknown[]>): Pick<Req, 'app' | 'call' | 'log'> {
  const app = { triton: { cnapi: { listServers } } } as unknown as Req['app'];
  return { app, call: { reqId: 'r' }, log };
}

test('one question for all who ask within seconds; after a quick refusal it is asked again', async () => {
  let asked = 0;
  let up = true;
  const req = request(async () => {
    asked++;
    if (!up) throw new Error('refused');
    return [{ uuid: 'cn' }];
  });
  const lists = new ServerLists();
  const both = await Promise.all([lists.get(req), lists.get(req)]);
  assert.deepEqual([asked, both[0]?.servers.length, both[0]?.stale], [1, 1, false]);

  const down = new ServerLists();
  up = false;
  assert.deepEqual(await down.get(req), { servers: [], stale: true });
  await down.get(req);
  assert.equal(asked, 3);
  up = true;
  assert.equal((await down.get(req)).stale, false);
});
