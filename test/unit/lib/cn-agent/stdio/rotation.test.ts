// Log rotation on real files: what is kept is the end of what was printed, in whole lines, within the window, however it is read.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import bunyan from 'bunyan';
import { BufferPool } from '#lib/cn-agent/stdio/buffer-pool.ts';
import { beginning, Cursor } from '#lib/cn-agent/stdio/cursor.ts';
import { GiveBack } from '#lib/cn-agent/stdio/give-back.ts';
import { LogsSession, parseLogQuery } from '#lib/cn-agent/stdio/logs.ts';
import { Rotation } from '#lib/cn-agent/stdio/rotation.ts';
import type { Run } from '#lib/cn-agent/stdio/run.ts';
import { runPaths } from '#lib/cn-agent/stdio/run-files.ts';
import { WallClock } from '#lib/cn-agent/stdio/wall-clock.ts';
import type { Wire } from '#lib/cn-agent/stdio/wire.ts';
import type { Zone } from '#lib/cn-agent/stdio/zone.ts';
import { ZoneRuns } from '#lib/cn-agent/stdio/zone-runs.ts';
import { FrameDecoder, type StdioCommand } from '#lib/docker-vm/stdio.ts';
import { waitUntil } from '#test/harness/stack.ts';

const log = bunyan.createLogger({ name: 'test', level: 'fatal' });
const dirs: string[] = [];
after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** A container's output directory with rotation, and a hand that prints. */
class Output {
  readonly dir: string;
  readonly window: number;
  runs!: ZoneRuns;
  rotation!: Rotation;
  run!: Run;
  /** All lines so far, in order. */
  readonly printed: string[] = [];

  constructor(window: number, dir = mkdtempSync('/tmp/sdct-rotation-')) {
    dirs.push(dir);
    this.dir = dir;
    this.window = window;
    this.open();
  }

  /** As a new life of the agent does. */
  open(): void {
    const grown = (run: Run) => this.rotation.changed(run);
    this.runs = new ZoneRuns({ path: this.dir, clock: new WallClock(), grown });
    this.rotation = new Rotation({ runs: this.runs, giveBack: new GiveBack(log), log });
  }

  begin(tty = false): void {
    this.run = this.runs.create(tty).acquire();
    this.rotation.set(this.window, this.run);
  }

  end(): void {
    this.run.finish();
    this.rotation.changed(this.run);
    this.run.release();
  }

  print(stream: 'stdout' | 'stderr', ...lines: string[]): void {
    appendFileSync(runPaths(this.dir, this.run.number)[stream], lines.map((line) => `${line}\n`).join(''));
    this.run.scan();
    this.printed.push(...lines);
  }

  /** `meanwhile` happens when the request has just been taken. */
  async read(command: Partial<StdioCommand> = {}, meanwhile = () => {}): Promise<string[]> {
    let text = '';
    const decoder = new FrameDecoder({
      data: (_type, piece) => {
        text += piece.toString('latin1');
      },
      control: () => undefined,
    });
    const ended = Promise.withResolvers<void>();
    const wire: Wire = {
      gone: false,
      send: (frames, more) => {
        decoder.push(frames);
        if (more) decoder.push(more);
        return Promise.resolve(true);
      },
      end: () => ended.resolve(),
      listen: () => undefined,
      pauseInput: () => undefined,
      resumeInput: () => undefined,
    };
    const active = this.run.phase === 'ended' ? null : { run: this.run };
    const zone = { runs: this.runs, active, logLag: 100 * this.window } as unknown as Zone;
    const query = parseLogQuery({ Cmd: [], Container: '', ...command });
    new LogsSession({ zone, query, buffers: new BufferPool(), log }).connect(wire);
    meanwhile();
    await ended.promise;
    return text === '' ? [] : text.replace(/\n$/, '').split('\n');
  }

  onDisk(stream: 'stdout' | 'stderr' = 'stdout'): number {
    return statSync(runPaths(this.dir, this.run.number)[stream]).blocks * 512;
  }
}

const bytes = (lines: string[]) => lines.reduce((sum, line) => sum + line.length + 1, 0);

/** A pseudo-random sequence that is the same every time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

for (const window of [100, 1000, 50_000]) {
  test(`a window of ${window} bytes over streams and runs`, async () => {
    const next = random(window);
    const it = new Output(window);
    let number = 0;
    for (let run = 0; run < 6; run++) {
      it.begin();
      for (let step = 0; step < 120; step++) {
        const lines = Array.from({ length: 1 + next(4) }, () => `${++number} ${'x'.repeat(next(40))}`);
        it.print(next(3) === 0 ? 'stderr' : 'stdout', ...lines);
        if (step % 17 !== 0) continue;
        const kept = await it.read();
        assert.deepEqual(kept, it.printed.slice(-kept.length), 'the end of what was printed');
        assert.ok(bytes(kept) <= window || kept.length === 1, `${bytes(kept)} bytes of ${window}`);
        assert.ok(
          bytes(kept) > Math.min(window / 2, bytes(it.printed) - 1) || kept.length <= 3,
          'no more than needed goes',
        );
        const tail = 1 + next(kept.length);
        assert.deepEqual(await it.read({ Tail: tail }), it.printed.slice(-tail), `tail ${tail}`);
      }
      it.end();
    }
  });
}

test('a new life of the agent goes on with the same window', async () => {
  const it = new Output(1000);
  it.begin();
  for (let i = 0; i < 500; i++) it.print(i % 5 === 0 ? 'stderr' : 'stdout', `line ${i}`);
  const kept = await it.read();
  const { number } = it.run;
  // kill -9: nothing is closed. Meanwhile the container goes on.
  appendFileSync(runPaths(it.dir, number).stdout, 'unseen 1\nunseen 2\n');
  it.open();
  it.run = it.runs.openNow(number)!.acquire();
  it.run.resume();
  it.rotation.set(1000, it.run);
  it.printed.push('unseen 1', 'unseen 2');
  const again = await it.read();
  assert.deepEqual(again, it.printed.slice(-again.length));
  assert.ok(again.length >= kept.length - 40 && bytes(again) <= 1000);
  // A backlog larger than the window, from two streams.
  appendFileSync(runPaths(it.dir, number).stdout, 'y'.repeat(99).concat('\n').repeat(100_000));
  it.run.scan();
  const many = await it.read();
  assert.ok(
    many.length > 5 && many.length <= 10 && many.every((line) => line === 'y'.repeat(99)),
    `${many.length}`,
  );
  it.end();
});

test('what is dropped is given back to the file system', async () => {
  const it = new Output(300_000);
  it.begin();
  for (let i = 0; i < 400; i++)
    it.print('stdout', ...Array.from({ length: 100 }, (_n, k) => `${i} ${k} ${'z'.repeat(100)}`));
  await waitUntil('the holes are punched', () => it.onDisk() < 700_000);
  assert.ok(statSync(runPaths(it.dir, it.run.number).stdout).size > 4_000_000, 'its length stays');
  it.end();
  await waitUntil('the end gives all back', () => it.onDisk() < 300_000 + 8192);
  const kept = await it.read();
  assert.deepEqual(kept, it.printed.slice(-kept.length));
});

test('a reader that is overtaken goes on at a whole line, without zeroes', async () => {
  const it = new Output(200_000);
  it.begin();
  const print = (from: number) =>
    it.print('stdout', ...Array.from({ length: 1000 }, (_n, k) => `${from + k} ${'w'.repeat(100)}`));
  print(0);
  const cursor = new Cursor(it.run, { at: beginning(it.run), wanted: new Set([1] as const) });
  const buffer = Buffer.alloc(10_000);
  const first = (await cursor.next(10_000))!;
  await cursor.read(first, first.to, buffer, 0);
  for (let i = 1; i < 40; i++) print(i * 1000);
  await waitUntil('what it would read next is gone', () => it.run.floor(1) > first.to);
  const second = (await cursor.next(10_000))!;
  const length = await cursor.read(second, second.to, buffer, 0);
  assert.equal(second.skipped, true);
  const text = buffer.toString('latin1', 0, length);
  assert.match(text, /^\d+ w+\n/);
  assert.doesNotMatch(text, /\0/);
  it.end();
});

test('a reader that holds is not overtaken while it is not too far behind', async () => {
  const it = new Output(200_000);
  it.begin();
  const print = (from: number) =>
    it.print('stdout', ...Array.from({ length: 1000 }, (_n, k) => `${from + k} ${'v'.repeat(100)}`));
  print(0);
  const cursor = new Cursor(it.run, { at: beginning(it.run), wanted: new Set([1] as const) });
  it.run.hold(cursor, 100_000_000);
  for (let i = 1; i < 40; i++) print(i * 1000);
  assert.equal((await it.read())[0], it.printed.at(-(await it.read()).length), 'others see the window');
  let text = '';
  const buffer = Buffer.alloc(100_000);
  for (let piece = await cursor.next(100_000); piece; piece = await cursor.next(100_000)) {
    assert.equal(piece.skipped, false);
    text += buffer.toString('latin1', 0, await cursor.read(piece, piece.to, buffer, 0));
  }
  assert.equal(text, it.printed.map((line) => `${line}\n`).join(''));
  it.run.unhold(cursor);
  await waitUntil('its part is given back', () => it.onDisk() < 500_000);
  it.end();
});

test('a request gets what was kept when it came, though all of that goes while its beginning is looked for', async () => {
  const all = (n: number) => Array.from({ length: 100 }, (_n, k) => `${n} ${k}`);
  for (const ask of [{}, { Tail: 1 }, { Tail: 3 }, { Tail: 100_000 }, { Since: '2001-01-01T00:00:00Z' }]) {
    const it = new Output(10_000);
    it.begin();
    for (let i = 0; i < 50; i++) it.print('stdout', ...all(i));
    const kept = await it.read(ask);
    const asked = await it.read(ask, () => {
      for (let i = 50; i < 2000; i++) it.print('stdout', ...all(i));
    });
    assert.deepEqual(asked, kept, JSON.stringify(ask));
    await waitUntil('then it is given back', () => it.onDisk() < 200_000);
    it.end();
  }
});

test('a follower begins with what was last when it came', async () => {
  const it = new Output(10_000);
  it.begin();
  for (let i = 0; i < 5000; i++) it.print('stdout', `line ${i}`);
  const lines = await it.read({ Tail: 2, Follow: true }, () => {
    for (let i = 5000; i < 6000; i++) it.print('stdout', `line ${i}`);
    it.end();
  });
  assert.deepEqual(lines, it.printed.slice(4998));
});

test('a follower gets no line from before the time that it asks for, however long that is to come', async () => {
  const it = new Output(100_000);
  it.begin();
  it.print('stdout', 'long ago');
  const soon = new Date(Date.now() + 300);
  const lines = it.read({ Since: soon.toISOString(), Follow: true });
  it.print('stdout', 'too early');
  it.print('stderr', 'too early as well');
  appendFileSync(runPaths(it.dir, it.run.number).stdout, 'begun before, ');
  it.run.scan();
  await delay(400);
  it.print('stdout', 'ended after');
  it.print('stderr', 'after');
  it.end();
  assert.deepEqual(await lines, ['begun before, ended after', 'after']);
});

test('lines longer than the window and lines without an end', async () => {
  const it = new Output(1000);
  it.begin();
  it.print('stdout', 'a'.repeat(5000));
  assert.deepEqual(await it.read(), ['a'.repeat(5000)]);
  it.print('stdout', 'short');
  assert.deepEqual(await it.read(), ['short']);
  appendFileSync(join(it.dir, '000001.stdout'), 'no end yet');
  appendFileSync(join(it.dir, '000001.stderr'), 'prompt> ');
  it.run.scan();
  for (let i = 0; i < 300; i++) it.print('stderr', `err ${i}`);
  const kept = await it.read();
  assert.equal(kept.at(-1), 'err 299');
  assert.ok(
    kept.every((line) => /^(short|err \d+|prompt> err 0)$/.test(line)),
    kept.join('|'),
  );
  it.end();
  assert.ok((await it.read()).includes('no end yet'));
});
