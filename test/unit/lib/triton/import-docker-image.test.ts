// lib/triton/import-docker-image.ts against a small server: lines however they are cut, refusals, breaks and aborts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import bunyan from 'bunyan';
import { type Endpoint, endpoint } from '#lib/triton/call.ts';
import { importDockerImage } from '#lib/triton/import-docker-image.ts';
import type { ImportLine } from '#lib/wire/types.ts';

const log = bunyan.createLogger({ name: 'test', level: bunyan.FATAL + 1 });
let answer: (req: http.IncomingMessage, res: http.ServerResponse) => void;
const server = http.createServer((req, res) => answer(req, res));
let at: Endpoint;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  at = endpoint('imgapi', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, log);
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const pull = (opts: Parameters<typeof importDockerImage>[1] = { repo: 'busybox' }, signal?: AbortSignal) =>
  importDockerImage(at, opts, { reqId: 'r1', ...(signal ? { signal } : {}) });
const all = (opts?: Parameters<typeof importDockerImage>[1]): Promise<ImportLine[]> =>
  Array.fromAsync(pull(opts));
const status = (text: string): ImportLine =>
  ({ type: 'status', id: 'busybox', payload: { status: text } }) as ImportLine;

const LINES = [status('one'), status('zwölf €'), status('a\u2028b\u2029c\u0085d\rq'), status('')];
const TEXT = LINES.map((line) => `${JSON.stringify(line)}\r\n`).join('\r\n');

const CUTS: [what: string, write: (res: http.ServerResponse) => Promise<void> | void][] = [
  ['at once', (res) => void res.end(TEXT)],
  ['with bare LF and no last end', (res) => void res.end(TEXT.replaceAll('\r\n', '\n').trimEnd())],
  [
    'byte by byte, through the middle of characters',
    async (res) => {
      for (const byte of Buffer.from(TEXT)) {
        res.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      res.end();
    },
  ],
];
for (const [what, write] of CUTS) {
  test(`lines ${what}`, async () => {
    answer = (_req, res) => void write(res);
    assert.deepEqual(await all(), LINES);
  });
}

test('the request: what was asked, and the credentials as headers', async () => {
  let seen: http.IncomingMessage | undefined;
  answer = (req, res) => {
    seen = req;
    res.end();
  };
  const opts = {
    repo: 'a/b',
    tag: '1&x',
    platform: 'linux/arm64',
    registryAuth: 'QQ==',
    registryConfig: 'Qg==',
  };
  assert.deepEqual(await all(opts), []);
  const url = new URL(seen?.url ?? '', 'http://x');
  assert.equal(`${seen?.method} ${url.pathname}`, 'POST /images');
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    action: 'import-docker-image',
    repo: 'a/b',
    public: 'false',
    tag: '1&x',
    platform: 'linux/arm64',
  });
  assert.deepEqual(
    [seen?.headers['x-registry-auth'], seen?.headers['x-registry-config'], seen?.headers['x-request-id']],
    ['QQ==', 'Qg==', 'r1'],
  );
});

const REFUSALS: [status: number, body: string, error: object][] = [
  [
    422,
    '{"code":"InvalidParameter","message":"bad","errors":[{"field":"tag","code":"Invalid"}]}',
    {
      restCode: 'InvalidParameter',
      statusCode: 422,
      ownMessage: 'bad',
      errors: [{ field: 'tag', code: 'Invalid' }],
    },
  ],
  [500, '<html>', { restCode: 'InternalError', statusCode: 500, ownMessage: '<html>' }],
  [503, '', { restCode: 'InternalError', statusCode: 503 }],
];
for (const [code, body, error] of REFUSALS) {
  test(`a refusal: ${code} ${body.slice(0, 20)}`, async () => {
    answer = (_req, res) => void res.writeHead(code).end(body);
    await assert.rejects(all(), { name: 'TritonError', ...error });
  });
}

test('a break in the middle is told after the lines that came', async () => {
  answer = (_req, res) => res.write(`${JSON.stringify(LINES[0])}\r\n{"type":`, () => res.destroy());
  const seen: ImportLine[] = [];
  await assert.rejects(
    async () => {
      for await (const line of pull()) seen.push(line);
    },
    { restCode: 'ServiceUnavailable', statusCode: 503 },
  );
  assert.deepEqual(seen, [LINES[0]]);
});

test('a line that is no JSON, and nobody there', async () => {
  answer = (_req, res) => void res.end('{"type":\r\n');
  await assert.rejects(all(), { restCode: 'ServiceUnavailable', statusCode: 503 });
  const nobody = endpoint('imgapi', 'unix:/tmp/sdct-none.sock', log);
  await assert.rejects(Array.fromAsync(importDockerImage(nobody, { repo: 'a' }, { reqId: 'r' })), {
    restCode: 'ServiceUnavailable',
    ownMessage: 'imgapi cannot be reached: ENOENT',
  });
});

test('leaving the loop, or an abort, closes the connection', async () => {
  for (const how of ['leave', 'abort'] as const) {
    const closed = Promise.withResolvers<void>();
    answer = (_req, res) => {
      res.on('close', () => closed.resolve());
      res.write(`${JSON.stringify(LINES[0])}\r\n`);
    };
    const stop = new AbortController();
    const run = async () => {
      for await (const _line of pull({ repo: 'a' }, stop.signal)) {
        if (how === 'leave') break;
        stop.abort();
      }
    };
    if (how === 'leave') await run();
    else await assert.rejects(run(), { restCode: 'RequestAborted', statusCode: 499 });
    await closed.promise;
  }
});
