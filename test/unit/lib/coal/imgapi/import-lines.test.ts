// lib/coal/imgapi/import-lines.ts over a real connection: CRLF lines, progress thinned out, nothing lost that matters.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type ImportLines, importLines } from '#lib/coal/imgapi/import-lines.ts';

/** What a client gets of `write`. */
async function received(write: (lines: ImportLines) => void): Promise<{ type: string | null; text: string }> {
  const server = http.createServer((_req, res) => {
    write(importLines(res, 'docker.io/busybox'));
    res.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const text = await reply.text();
  server.closeAllConnections();
  server.close();
  return { type: reply.headers.get('content-type'), text };
}

test('lines as IMGAPI ends them; the head goes out with the first one', async () => {
  const { type, text } = await received((lines) => {
    assert.equal(lines.begun, false);
    lines.layer('abc', 'Pulling fs layer');
    assert.equal(lines.begun, true);
    lines.write({ type: 'error', id: 'x', error: { code: 'C', message: 'a\r\nb' } });
  });
  assert.equal(type, 'application/json');
  assert.equal(
    text,
    '{"type":"progress","id":"docker.io/busybox","payload":{"id":"abc","status":"Pulling fs layer","progressDetail":{}}}\r\n' +
      '{"type":"error","id":"x","error":{"code":"C","message":"a\\r\\nb"}}\r\n',
  );
});

test('of a thousand reports a few go out: the first, and always the last; each layer and status for itself', async () => {
  const { text } = await received((lines) => {
    for (let current = 1; current <= 1000; current++) {
      for (const id of ['one', 'two']) lines.layer(id, 'Downloading', { current, total: 1000 });
    }
    lines.layer('one', 'Extracting', { current: 1, total: 1000 });
    lines.layer('one', 'Pull complete');
  });
  const got = text
    .split('\r\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).payload);
  const of = (id: string, status: string) =>
    got.filter((line) => line.id === id && line.status === status).map((line) => line.progressDetail.current);
  for (const id of ['one', 'two']) {
    const seen = of(id, 'Downloading');
    assert.deepEqual([seen[0], seen.at(-1)], [1, 1000]);
    assert.ok(seen.length < 20, `${seen.length} lines`);
  }
  assert.deepEqual(of('one', 'Extracting'), [1]);
  assert.deepEqual(got.at(-1), { id: 'one', status: 'Pull complete', progressDetail: {} });
});

test('a reader that has gone is no failure', async () => {
  const gone = Promise.withResolvers<void>();
  const server = http.createServer((_req, res) => {
    res.once('close', () => {
      const lines = importLines(res, 'x');
      lines.layer('one', 'Downloading', { current: 1, total: 2 });
      assert.equal(lines.begun, false);
      gone.resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const req = http.get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
  req.on('error', () => {});
  await once(server, 'request');
  req.destroy();
  await gone.promise;
  server.close();
});
