// lib/triton/patience.ts: what is asked again, and what never is.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { call, type RestifyError } from '#lib/triton/call.ts';
import { whenReachable } from '#lib/triton/patience.ts';

const refused = (over: object): Error => Object.assign(new Error('no'), over);
const AWAY = { code: 'ENOENT', syscall: 'connect' };

test('asks again until somebody listens', async () => {
  let asked = 0;
  const attempt = async (): Promise<string> => {
    asked += 1;
    if (asked < 3) throw refused(asked === 1 ? AWAY : { ...AWAY, code: 'ECONNREFUSED' });
    return 'there';
  };
  assert.equal(await whenReachable(attempt, {}), 'there');
  assert.equal(asked, 3);
});

for (const [what, error] of [
  ['a connection that broke: the request may have been taken', { code: 'ECONNRESET', syscall: 'read' }],
  ['a refusal by the service', { statusCode: 503 }],
  ['a missing file that is no socket', { code: 'ENOENT', syscall: 'open' }],
] as const) {
  test(`does not ask again after ${what}`, async () => {
    let asked = 0;
    const attempt = async (): Promise<never> => {
      asked += 1;
      throw refused(error);
    };
    await assert.rejects(whenReachable(attempt, {}), /no/);
    assert.equal(asked, 1);
  });
}

test('gives up in the end, and at once when the caller does', async () => {
  const attempt = async (): Promise<never> => {
    throw refused(AWAY);
  };
  await assert.rejects(whenReachable(attempt, { patienceMs: 100 }), { code: 'ENOENT' });
  await assert.rejects(whenReachable(attempt, { signal: AbortSignal.abort() }), { code: 'ENOENT' });
});

for (const code of ['ECONNRESET', 'EPIPE']) {
  test(`a request that may be sent twice is, after ${code}, over the time that its service takes to come back`, async () => {
    const failures = [{ code }, AWAY, { ...AWAY, code: 'ECONNREFUSED' }, { code }];
    const attempt = async (): Promise<string> => {
      const failure = failures.shift();
      if (failure) throw refused(failure);
      return 'there';
    };
    assert.equal(await whenReachable(attempt, { repeatable: true }), 'there');
  });
}

test('a service that dies of a request is not asked for ever', async () => {
  let asked = 0;
  const attempt = async (): Promise<never> => {
    asked += 1;
    throw refused({ code: 'ECONNRESET' });
  };
  await assert.rejects(whenReachable(attempt, { repeatable: true }), { code: 'ECONNRESET' });
  assert.equal(asked, 6);
});

test('a call made before its service listens is answered', async (t) => {
  const server = createServer((_req, res) => res.end());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  t.after(() => server.close());
  const asking = call<string>('vmapi', { reqId: 'r' }, (_options, cb) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      cb(null, 'answer');
    });
    socket.once('error', (err) => cb(err as RestifyError, null));
  });
  setTimeout(() => server.listen(port, '127.0.0.1'), 120);
  assert.equal((await asking).body, 'answer');
});
