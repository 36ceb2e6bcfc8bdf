// What an agent can do is asked once a minute per server; a real one can do nothing of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberCapabilities, wordsOf } from '#lib/triton/capabilities.ts';
import type { Server } from '#lib/wire/types.ts';

const server = (words: unknown) => ({ sysinfo: { 'Docker Capabilities': words } }) as unknown as Server;
const CALL = { reqId: 'test' };

test('words of a server', () => {
  assert.deepEqual([...wordsOf(server(['a', 'b']))], ['a', 'b']);
  for (const none of [server(undefined), server('a'), { sysinfo: {} }, {}])
    assert.equal(wordsOf(none as Server).size, 0);
});

test('remembered for a while, per server; a failure is not', async () => {
  let now = 0;
  let fail = false;
  const asked: string[] = [];
  const capabilities = rememberCapabilities(
    async (uuid) => {
      asked.push(uuid);
      if (fail) throw new Error('down');
      return server([uuid]);
    },
    () => now,
  );
  assert.deepEqual([...(await capabilities('one', CALL))], ['one']);
  assert.deepEqual([...(await capabilities('two', CALL))], ['two']);
  await capabilities('one', CALL);
  assert.deepEqual(asked, ['one', 'two']);
  now = 60_000;
  fail = true;
  await assert.rejects(capabilities('one', CALL), /down/);
  fail = false;
  await capabilities('one', CALL);
  assert.deepEqual(asked, ['one', 'two', 'one', 'one']);
});
