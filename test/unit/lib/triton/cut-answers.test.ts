// lib/triton/cut-answers.ts with call.ts: an answer that breaks off half-way ends its call.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import bunyan from 'bunyan';
import { endpoint } from '#lib/triton/call.ts';
import { createPapiClient } from '#lib/triton/papi.ts';
import { createVmapiClient } from '#lib/triton/vmapi.ts';

const log = bunyan.createLogger({ name: 'test', level: bunyan.FATAL + 1 });
const BODY = '[{"uuid":"a"}]';
const head = (status: string) =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;

/** A service whose nth connection is answered by the nth of `answers`; the last stays. */
async function service(t: TestContext, answers: ((socket: Socket) => void)[]): Promise<string> {
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const answer = answers[Math.min(count++, answers.length - 1)]!;
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const half = (socket: Socket) => socket.write(`${head('200 OK')}[{"uu`, () => socket.destroy());
const none = (socket: Socket) => socket.destroy();
const whole = (socket: Socket) => socket.end(head('200 OK') + BODY);

test('a read is asked again, whether nothing or half of its answer came', async (t) => {
  const papi = createPapiClient(endpoint('papi', await service(t, [half, none, half, whole]), log));
  t.after(() => papi.close());
  assert.deepEqual(await papi.listPackages('(a=b)', { reqId: 'r' }), [{ uuid: 'a' }]);
});

test('a signal is not sent twice: the error says that nobody knows', async (t) => {
  let sent = 0;
  const count = (socket: Socket) => {
    sent += 1;
    none(socket);
  };
  const url = await service(t, [count]);
  const vmapi = createVmapiClient(endpoint('vmapi', url, log));
  t.after(() => vmapi.close());
  const killed = vmapi.killVm('u', { owner_uuid: 'o', signal: 'SIGUSR1' }, { reqId: 'r' });
  await assert.rejects(killed, { restCode: 'OutcomeUnknown', statusCode: 503 });
  assert.equal(sent, 1);
});
