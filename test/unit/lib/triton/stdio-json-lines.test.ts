// lib/triton/stdio-json-lines.ts over a real socket pair: the lines of the real cn-agent, recorded ones too.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { basename } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { connectStdio } from '#lib/triton/stdio-stream.ts';
import type { StdioStream } from '#lib/triton/types.ts';

const RECORDED = '/work/shared/reference/triton-recorded/cnapi';
const broken = { name: 'TritonError', restCode: 'ServiceUnavailable', statusCode: 503 };
let server: ReturnType<typeof createServer>;
let stream: StdioStream;
let agent: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection');
  stream = await connectStdio({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, {});
  [agent] = (await connected) as [Socket];
  agent.on('error', () => {});
});
afterEach(() => {
  stream.destroy();
  agent.destroy();
  server.close();
});

async function output(): Promise<{ end: unknown; text: [number, string][] }> {
  const text: [number, string][] = [];
  const end = await stream.run((no, piece) => {
    if (text.at(-1)?.[0] === no) text.at(-1)![1] += piece.toString();
    else text.push([no, piece.toString()]);
  });
  return { end, text };
}
const line = (type: string, data?: unknown): string => `${JSON.stringify({ type, data })}\r\n`;

const STREAMS: [what: string, bytes: string, text: [number, string][], end: object][] = [
  [
    'both streams and an end',
    line('stdout', 'a') + line('stderr', 'b') + line('end', { code: 3, signal: null }),
    [
      [1, 'a'],
      [2, 'b'],
    ],
    { code: 3, signal: null },
  ],
  [
    'a tty',
    line('tty', 'x\r\n') + line('end', { code: null, signal: 'SIGKILL' }),
    [[1, 'x\r\n']],
    { code: null, signal: 'SIGKILL' },
  ],
  ['logs: no end at all', line('stdout', 'one\n'), [[1, 'one\n']], { code: null, signal: null }],
  ['nothing', '', [], { code: null, signal: null }],
  ['empty lines', `\r\n${line('stdout', 'a')}\r\n\n`, [[1, 'a']], { code: null, signal: null }],
  ['a last line without its end', line('stdout', 'a').trim(), [[1, 'a']], { code: null, signal: null }],
  [
    'line separators of Unicode inside a text',
    line('stdout', 'a\u2028b\u2029c\u0085'),
    [[1, 'a\u2028b\u2029c\u0085']],
    { code: null, signal: null },
  ],
  ['a type from the future', line('news', 'x') + line('end', {}), [], { code: null, signal: null }],
  ['an end without data', '{"type":"end"}\r\n', [], { code: null, signal: null }],
  [
    'what follows the end does not count',
    line('end', { code: 0, signal: null }) + line('stdout', 'late'),
    [],
    { code: 0, signal: null },
  ],
];
for (const [what, bytes, text, end] of STREAMS) {
  test(`json lines: ${what}`, async () => {
    agent.end(bytes);
    assert.deepEqual(await output(), { end, text });
  });
  test(`json lines, byte by byte: ${what}`, async () => {
    const run = output();
    for (const byte of Buffer.from(bytes)) {
      agent.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    agent.end();
    assert.deepEqual(await run, { end, text });
  });
}

for (const [what, bytes] of [
  ['no JSON', 'hello\r\n'],
  ['half a line', '{"type":"std'],
  ['null', 'null\r\n'],
  ['null without an end', 'null'],
] as const) {
  test(`json lines, broken: ${what}`, async () => {
    agent.end(bytes);
    await assert.rejects(output(), broken);
  });
}

test('a peer that breaks off', async () => {
  agent.write(line('stdout', 'a'));
  const run = output();
  agent.resetAndDestroy();
  await assert.rejects(run, broken);
});

test('a line without an end is refused, not collected for ever', async () => {
  agent.end(Buffer.alloc(17 * 1024 * 1024, 'x'));
  const started = performance.now();
  await assert.rejects(output(), broken);
  assert.ok(performance.now() - started < 1500);
});

test('input: texts in JSON, characters never cut, the end as a line and not as a FIN', async () => {
  const euro = Buffer.from('€');
  stream.writeStdin(Buffer.concat([Buffer.from('a'), euro.subarray(0, 2)]));
  stream.writeStdin(euro.subarray(2));
  stream.writeStdin(euro.subarray(0, 1));
  stream.resize(80, 24);
  stream.endStdin();
  let got = '';
  agent.on('data', (chunk) => (got += chunk.toString()));
  while (!got.includes('"end"')) await once(agent, 'data');
  assert.deepEqual(
    got
      .split('\r\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text)),
    [
      { type: 'stdin', data: 'a' },
      { type: 'stdin', data: '€' },
      { type: 'tty', resize: { w: 80, h: 24 } },
      { type: 'stdin', data: '\ufffd' },
      { type: 'end' },
    ],
  );
  assert.equal(agent.readableEnded, false);
  assert.deepEqual(await stream.started, { pid: 0 });
  assert.equal(stream.muxSocket, null);
});

/** What the recorded streams of a real cn-agent say. */
const SAID: Record<string, { text: [number, string][]; end: object }> = {
  'docker-exec-stream.json': {
    text: [
      [1, 'out\n'],
      [2, 'err\n'],
    ],
    end: { code: 3, signal: null },
  },
  'docker-exec-nocmd-stream.json': {
    text: [[2, 'setpriv: failed to execute /no/such/bin: No such file or directory\n']],
    end: { code: 127, signal: null },
  },
  'docker-exec-stdin-stream.json': { text: [], end: { code: null, signal: null } },
  'docker-logs-stream.json': {
    text: [
      [1, '2026-11-23T23:00:00.000Z line one\n'],
      [2, '2026-11-23T23:00:01.000Z line two\n'],
    ],
    end: { code: null, signal: null },
  },
};
if (existsSync(RECORDED)) {
  test('every recorded stream is known here', () => {
    assert.deepEqual(
      globSync('*stream*.json', { cwd: RECORDED })
        .map((file) => basename(file))
        .sort(),
      Object.keys(SAID).sort(),
    );
  });
  for (const [file, said] of Object.entries(SAID)) {
    test(`recorded: ${file}`, async () => {
      const { received } = JSON.parse(readFileSync(`${RECORDED}/${file}`, 'utf8')) as { received: string[] };
      agent.end(received.join('\r\n'));
      assert.deepEqual(await output(), said);
    });
  }
} else test('recorded streams', { skip: `NOT TESTED: ${RECORDED} is not on this machine` }, () => {});
