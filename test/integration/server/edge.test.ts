// The HTTP edge with real sockets: versions, bodies, errors, what is logged, and connections that are taken over.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, it } from 'node:test';
import { TritonError } from '#lib/wire/errors.ts';
import type { Req } from '#src/context.ts';
import { conflict, notModified } from '#src/errors.ts';
import { MAX_JSON_BODY } from '#src/server/body.ts';
import { ask, type OwnEdge, ownEdge, raw, route } from './own-edge.ts';

let edge: OwnEdge;
const aborted: string[] = [];
const echo = async (req: Req) => ({
  status: 200,
  body: { version: req.version, params: req.params, query: req.query },
});

before(async () => {
  edge = await ownEdge([
    route('GET', '/echo', echo),
    route('GET', '/containers/:id/json', echo),
    route('GET', '/images/:name/json', echo),
    route('GET', '/new', echo, 45),
    route('HEAD', '/echo', echo),
    route('POST', '/json', async (req) => ({ status: 200, body: { got: await req.json() } })),
    route('POST', '/nothing', async () => ({ status: 204 })),
    route('POST', '/same', async () => {
      throw notModified();
    }),
    route('POST', '/conflict', async () => {
      throw conflict('in use', new Error('secret cause'));
    }),
    route('POST', '/triton', async () => {
      throw new TritonError('ResourceNotFound', 404, 'no such VM');
    }),
    route('POST', '/bug', async () => {
      throw new TypeError('/etc/secret/path of ours');
    }),
    route('POST', '/late', async ({ res }) => {
      res.writeHead(200, { 'content-type': 'text/plain' });
      res.write('begun');
      throw new Error('too late');
    }),
    route('GET', '/wait', (req) => {
      const { promise, reject } = Promise.withResolvers<never>();
      req.call.signal?.addEventListener('abort', () => {
        aborted.push('wait');
        reject(new Error('gone'));
      });
      return promise;
    }),
    route('POST', '/containers/:id/attach', async (req) => {
      const stream = req.hijack({ tty: req.query.tty === '1' });
      stream.on('data', (chunk) => stream.write(`<${chunk}>`));
      await once(stream, 'end');
      stream.end('bye');
      return 'handled';
    }),
    route('POST', '/exec/:id/start', async (req) => {
      await req.json();
      throw conflict('not running');
    }),
  ]);
});
after(() => edge.close());

const message = (text: string): string => `${JSON.stringify({ message: text })}\n`;

it('version, parameters and query as a handler sees them', async () => {
  const { status, headers, body } = await ask(
    edge.path,
    'GET /v1.43/containers/a%20b%2Fc/json?all=1&x=a+b&x=c',
  );
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body), { version: 43, params: { id: 'a b/c' }, query: { all: '1', x: 'a b' } });
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['api-version'], '1.55');
  assert.equal(Number(headers['content-length']), Buffer.byteLength(body));
  assert.equal(
    JSON.parse((await ask(edge.path, 'GET /images/localhost:5000/a/b:1/json')).body).params.name,
    'localhost:5000/a/b:1',
  );
  assert.deepEqual(
    JSON.parse((await ask(edge.path, 'GET /echo?__proto__=x&constructor=y')).body).query.constructor,
    'y',
  );
});

const STATUSES: [head: string, status: number, text: string | null][] = [
  [
    'GET /v1.23/echo',
    400,
    'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
  ],
  ['GET /v1.99/echo', 400, 'client version 1.99 is too new. Maximum supported API version is 1.55'],
  ['GET /v1.44/new', 404, 'page not found'],
  ['GET /none', 404, 'page not found'],
  ['GET /v1.43/none?secret=1', 404, 'page not found'],
  ['DELETE /echo', 404, 'page not found'],
  ['GET /v1.x/echo', 404, 'page not found'],
  ['GET //', 404, 'page not found'],
  ['POST /conflict', 409, 'in use'],
  ['POST /triton', 404, 'no such VM'],
  ['POST /bug', 500, 'internal error: see the log of sdc-docker for this request'],
  ['POST /same', 304, null],
  ['POST /nothing', 204, null],
];
for (const [head, status, text] of STATUSES) {
  it(`${head}: ${status}`, async () => {
    const got = await ask(edge.path, head);
    assert.equal(got.status, status);
    assert.equal(got.body, text === null ? '' : message(text));
  });
}

it('HEAD has the headers and no body', async () => {
  const got = await ask(edge.path, 'HEAD /echo');
  assert.deepEqual([got.status, got.body], [200, '']);
  assert.ok(Number(got.headers['content-length']) > 10);
});

const JSON_TYPE = 'Content-Type: application/json';
const BODIES: [what: string, fields: string, body: string, status: number, text: string][] = [
  ['an object', `${JSON_TYPE}\nContent-Length: 7`, '{"a":1}', 200, '{"got":{"a":1}}\n'],
  [
    'chunked',
    `${JSON_TYPE}; charset=utf-8\nTransfer-Encoding: chunked`,
    '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n',
    200,
    '{"got":{"a":1}}\n',
  ],
  ['none', 'Content-Length: 0', '', 200, '{}\n'],
  [
    'none, chunked',
    `${JSON_TYPE}\nTransfer-Encoding: chunked`,
    '0\r\n\r\n',
    400,
    message('invalid JSON: got EOF while reading request body'),
  ],
  [
    'another type',
    'Content-Type: text/plain\nContent-Length: 2',
    '{}',
    400,
    message("unsupported Content-Type header (text/plain): must be 'application/json'"),
  ],
  [
    'no type',
    'Content-Length: 2',
    '{}',
    400,
    message('malformed Content-Type header (): mime: no media type'),
  ],
  ['cut off', `${JSON_TYPE}\nContent-Length: 5`, '{"a":', 400, message('invalid JSON: unexpected EOF')],
  ['two', `${JSON_TYPE}\nContent-Length: 5`, '{} {}', 400, message('unexpected content after JSON')],
  [
    'no JSON',
    `${JSON_TYPE}\nContent-Length: 4`,
    'abcd',
    400,
    message("invalid JSON: invalid character 'a' looking for beginning of value"),
  ],
];
for (const [what, fields, body, status, text] of BODIES) {
  it(`a body: ${what}`, async () => {
    const got = await ask(edge.path, `POST /json\n${fields}`, body);
    assert.deepEqual([got.status, got.body], [status, text]);
  });
}

for (const how of ['told beforehand', 'chunked, its end unknown'] as const) {
  it(`a body larger than the limit, ${how}, is refused with words, and is not kept`, {
    timeout: 20_000,
  }, async () => {
    const { socket, until } = await raw(edge.path);
    const length = MAX_JSON_BODY + 4 * 1024 * 1024;
    const fields = how === 'told beforehand' ? `Content-Length: ${length}` : 'Transfer-Encoding: chunked';
    socket.write(`POST /json HTTP/1.1\r\nHost: docker\r\n${JSON_TYPE}\r\n${fields}\r\n\r\n`);
    // As a client that does not look for an answer before it has sent everything.
    socket.pause();
    const part = ' '.repeat(65_536);
    const framed = how === 'told beforehand' ? part : `${part.length.toString(16)}\r\n${part}\r\n`;
    for (let sent = 0; sent < length; sent += part.length)
      await new Promise<unknown>((taken) => socket.write(framed, taken));
    socket.resume();
    const text = await until(/\r\n\r\n[\s\S]*\n$/);
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.ok(text.endsWith(message('http: request body too large')));
    socket.destroy();
  });
}

it('an error after the answer has begun cuts the connection', async () => {
  const got = await ask(edge.path, 'POST /late');
  assert.equal(got.status, 200);
  assert.ok(got.body.includes('begun') && !got.body.includes('\r\n0\r\n'), 'no proper end');
});

it('a client that goes away aborts the call', async () => {
  const { socket } = await raw(edge.path);
  socket.write('GET /wait HTTP/1.1\r\nHost: docker\r\n\r\n');
  while (!edge.logged.some(() => aborted.length > 0)) {
    await new Promise(setImmediate);
    socket.destroy();
  }
  assert.deepEqual(aborted, ['wait']);
});

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: text/plain\r\n';
it('hijack with an upgrade: 101, early bytes kept, both ways until each side ends', async () => {
  const { socket, until, ended } = await raw(edge.path);
  socket.write(`POST /v1.42/containers/a/attach?tty=0 HTTP/1.1\r\nHost: docker\r\n${UPGRADE}\r\nearly`);
  const head = await until(/<early>/);
  assert.match(head, /^HTTP\/1\.1 101 UPGRADED\r\n/);
  assert.match(head, /\r\nContent-Type: application\/vnd\.docker\.multiplexed-stream\r\n/);
  assert.match(head, /\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n/);
  socket.write('more');
  await until(/<more>/);
  socket.end();
  await ended;
  assert.match(await until(/bye$/), /<early><more>bye$/);
});

it('hijack without an upgrade: 200, the body until the end; a tty and old clients have raw streams', async () => {
  for (const [version, tty, type] of [
    ['1.42', 1, 'raw'],
    ['1.41', 0, 'raw'],
    ['1.42', 0, 'multiplexed'],
  ] as const) {
    const { socket, until, ended } = await raw(edge.path);
    socket.write(
      `POST /v${version}/containers/a/attach?tty=${tty} HTTP/1.1\r\nHost: docker\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    );
    const head = await until(/<abc>/);
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    assert.ok(head.includes(`Content-Type: application/vnd.docker.${type}-stream`), head);
    assert.doesNotMatch(head, /Transfer-Encoding/i);
    socket.write('0\r\n\r\n');
    await ended;
    assert.match(await until(/bye/), /<abc>bye/);
    socket.destroy();
  }
});

it('an upgrade that ends in an error is a plain answer on the connection', async () => {
  const { socket, until, ended } = await raw(edge.path);
  socket.write(
    `POST /exec/x/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${JSON_TYPE}\r\nContent-Length: 2\r\n\r\n{}`,
  );
  const text = await until(/not running/);
  assert.match(text, /^HTTP\/1\.1 409 /);
  assert.match(text, /Connection: close/i);
  socket.end();
  await ended;
});

it('an Upgrade header elsewhere is ignored', async () => {
  const { socket, until } = await raw(edge.path);
  socket.write('GET /echo HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  assert.match(await until(/version/), /^HTTP\/1\.1 200 /);
  socket.destroy();
});

it('one audit line per request; no query, no body, no credentials, no cause goes to the client', async () => {
  edge.logged.length = 0;
  await ask(
    edge.path,
    `POST /json?password=hunter2\nX-Registry-Auth: hunter2\nX-Request-Id: my-id.1\n${JSON_TYPE}\nContent-Length: 18`,
    '{"Secret":"hunter2',
  );
  await ask(edge.path, 'POST /conflict\nX-Request-Id: bad id');
  const audits = edge.logged.filter(({ msg }) => msg === 'request');
  assert.equal(audits.length, 2);
  assert.ok(!JSON.stringify(edge.logged).includes('hunter2'));
  const [first, second] = audits;
  assert.deepEqual(
    [first?.req_id, first?.method, first?.path, first?.status, first?.account, first?.operationId],
    ['my-id.1', 'POST', '/json', 400, 'admin', 'Testjson'],
  );
  assert.match(String(second?.req_id), /^[0-9a-f-]{36}$/);
});

it('what is no HTTP is refused, and the server goes on', async () => {
  for (const bytes of [
    '\u0016\u0003\u0001\u0002\u0000\u0001',
    'GET',
    'GET /echo HTTP/9.9\r\n\r\n',
    `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
    'GET /echo HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  ]) {
    const { socket, ended } = await raw(edge.path);
    socket.end(bytes);
    await ended;
    socket.destroy();
  }
  assert.equal((await ask(edge.path, 'GET /echo')).status, 200);
});
