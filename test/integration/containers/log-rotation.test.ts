// max-size and max-file: what is kept, read, followed and given back while a container prints as fast as it can, and over kill -9.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

/** Prints 1, 2, 3, … with some padding, for ever, fast. */
const TORRENT = `awk 'BEGIN { for (i = 1; ; i++) printf "%d %s\\n", i, "0123456789012345678901234567890123456789" }'`;
const LINE = /^(\d+) 0123456789012345678901234567890123456789$/;
const WINDOW = 600_000;
const OPTS = ['--log-opt', 'max-size=200k', '--log-opt', 'max-file=3'];

describe('log rotation', () => {
  const s = suite('log-rotation');
  const ok = (...args: string[]) => s.stack.ok(args);
  const lines = (text: string): number[] =>
    text.split('\n').map((line) => {
      const match = LINE.exec(line);
      assert.ok(match, `a line is ${JSON.stringify(line.slice(0, 80))}`);
      return Number(match[1]);
    });
  const assertContiguous = (seen: number[]): void => {
    const gap = seen.findIndex((n, i) => i > 0 && n !== seen[i - 1]! + 1);
    assert.equal(gap, -1, `${seen[gap - 1]} is followed by ${seen[gap]}`);
  };
  /** Bytes that the output of a container takes on the disk. */
  const onDisk = async (id: string): Promise<number> => {
    const uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
    const dir = join(s.stack.dir, 'state/zones', uuid, 'logs');
    const files = await Promise.all((await readdir(dir)).map((name) => stat(join(dir, name))));
    return files.reduce((sum, { blocks }) => sum + blocks * 512, 0);
  };
  const running = async (): Promise<string> => {
    const id = await ok('run', '-d', ...OPTS, 'busybox', 'sh', '-c', TORRENT);
    await waitUntil('it has printed more than is kept', async () => {
      const last = await ok('logs', '--tail', '1', id);
      return last !== '' && lines(last)[0]! > 50_000;
    });
    return id;
  };

  it('under load: whole lines without gaps, no more than the window, all forms of reading', async () => {
    const id = await running();
    for (let round = 0; round < 5; round++) {
      const text = await ok('logs', id);
      assert.ok(text.length < WINDOW, `${text.length} bytes are read`);
      assert.ok(text.length > WINDOW / 2, `${text.length} bytes are read`);
      assertContiguous(lines(text));
      const tail = lines(await ok('logs', '--tail', '50', id));
      assert.equal(tail.length, 50);
      assertContiguous(tail);
    }
    const since = (await ok('logs', '-t', '--tail', '1', id)).split(' ')[0]!;
    const later = lines(await ok('logs', '--since', since, id));
    assertContiguous(later);
    await ok('kill', id);
    await ok('wait', id);
    const kept = lines(await ok('logs', id));
    assertContiguous(kept);
    await waitUntil('the rest is given back', async () => (await onDisk(id)) < WINDOW + 64 * 1024);
    assert.deepEqual(lines(await ok('logs', id)), kept);
    // The next run counts in the same window.
    await ok('start', id);
    await waitUntil('the first run has left it', async () => {
      const seen = lines(await ok('logs', id));
      return seen.at(-1) !== kept.at(-1) && seen.every((n, i) => i === 0 || n === seen[i - 1]! + 1);
    });
    await ok('kill', id);
    await ok('wait', id);
    assertContiguous(lines(await ok('logs', id)));
    await waitUntil('it is gone from the disk', async () => (await onDisk(id)) < WINDOW + 64 * 1024);
  });

  it('a follower sees whole lines in order, and skips at most', async () => {
    const id = await running();
    const follower = s.stack.spawn(['logs', '-f', '--tail', '10', id]);
    let rest = '';
    let last = 0;
    let count = 0;
    follower.stdout!.on('data', (chunk) => {
      const whole = (rest + chunk).split('\n');
      rest = whole.pop()!;
      for (const n of lines(whole.join('\n'))) {
        assert.ok(n > last, `${n} after ${last}`);
        last = n;
        count++;
      }
    });
    await waitUntil('it has followed', () => count > 100_000);
    // Asleep while the window passes several times, as a terminal that is scrolled back.
    follower.stdout!.pause();
    const now = lines(await ok('logs', '--tail', '1', id))[0]!;
    await waitUntil(
      'much has passed',
      async () => lines(await ok('logs', '--tail', '1', id))[0]! > now + 300_000,
    );
    follower.stdout!.resume();
    await waitUntil('it goes on', () => last > now + 300_000, 60_000);
    const ended = new Promise((resolve) => follower.once('exit', resolve));
    await ok('kill', id);
    await ended;
    const final = lines(await ok('logs', '--tail', '1', id))[0]!;
    assert.equal(last, final, 'it ends with the last line');
  });

  it('an attached client gets everything, however slowly it reads', async () => {
    const client = s.stack.spawn(['run', ...OPTS, 'busybox', 'seq', '1', '600000']);
    const chunks: Buffer[] = [];
    client.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.stdout!.pause();
    await waitUntil(
      'the container has ended',
      async () => (await ok('ps', '-aq', '--filter', 'status=exited')) !== '',
    );
    const [id] = (await ok('ps', '-q', '--no-trunc', '-n', '1')).split('\n');
    assert.ok((await ok('logs', id!)).length < WINDOW);
    const ended = new Promise((resolve) => client.once('close', resolve));
    client.stdout!.resume();
    await ended;
    const whole = Buffer.concat(chunks).toString();
    assert.equal(whole.length, 4_088_895);
    assert.ok(whole.startsWith('1\n2\n') && whole.endsWith('\n600000\n'));
    await waitUntil('then it is given back', async () => (await onDisk(id!)) < WINDOW + 64 * 1024);
  });

  it('kill -9 of the agent at any moment leaves a log in order', async () => {
    const id = await running();
    for (let round = 0; round < 3; round++) {
      const before = lines(await ok('logs', '--tail', '1', id))[0]!;
      await waitUntil(
        'it rotates',
        async () => lines(await ok('logs', '--tail', '1', id))[0]! > before + 20_000,
      );
      await s.stack.kill9('coal');
      await s.stack.start('coal');
      const text = await ok('logs', id);
      assert.ok(text.length < WINDOW && text.length > WINDOW / 2, `${text.length} bytes`);
      assertContiguous(lines(text));
    }
    await ok('kill', id);
    await ok('wait', id);
    assertContiguous(lines(await ok('logs', id)));
    await waitUntil('the rest is given back', async () => (await onDisk(id)) < WINDOW + 64 * 1024);
  });
});
