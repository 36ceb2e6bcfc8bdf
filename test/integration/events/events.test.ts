// docker events: Docker's names, order and attributes, live and replayed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

interface Line {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  timeNano: number;
}

describe('docker events', () => {
  const s = suite('events');
  const ok = (...args: string[]) => s.stack.ok(args);

  async function during(filters: string[], work: () => Promise<void>, last: string): Promise<Line[]> {
    const watcher = s.stack.spawn([
      'events',
      '--format',
      '{{json .}}',
      ...filters.flatMap((f) => ['--filter', f]),
    ]);
    let text = '';
    watcher.stdout!.on('data', (chunk) => {
      text += chunk;
    });
    // The stream is live once an event of our own comes through.
    await waitUntil('events flow', async () => {
      await ok('tag', 'busybox:latest', 'marker:latest');
      return text !== '';
    });
    const lines = () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line)
        .filter((e) => e.Type === 'container');
    await work();
    await waitUntil(`the ${last} event`, () => lines().some((e) => e.Action === last));
    watcher.kill();
    return lines();
  }
  const actions = (events: Line[]) => events.map((e) => e.Action);

  it('tells run --rm as Docker does', async () => {
    const events = await during(
      [],
      async () => {
        await s.stack.docker([
          'run',
          '--rm',
          '--name',
          'ev',
          '--label',
          'x=y',
          'busybox',
          'sh',
          '-c',
          'exit 3',
        ]);
      },
      'destroy',
    );
    assert.deepEqual(actions(events), ['create', 'attach', 'start', 'die', 'destroy']);
    const die = events.find((e) => e.Action === 'die')!;
    assert.equal(die.Actor.Attributes.exitCode, '3');
    assert.equal(die.Actor.Attributes.name, 'ev');
    assert.equal(die.Actor.Attributes.image, 'busybox');
    assert.equal(die.Actor.Attributes.x, 'y');
    for (let i = 1; i < events.length; i++) assert.ok(events[i]!.timeNano >= events[i - 1]!.timeNano);
  });

  it('tells stop, restart, kill and rm -f in order', async () => {
    const id = await ok(
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'trap "exit 0" TERM; while :; do sleep 0.05; done',
    );
    assert.deepEqual(actions(await during([], async () => void (await ok('restart', id)), 'restart')), [
      'kill',
      'die',
      'stop',
      'start',
      'restart',
    ]);
    assert.deepEqual(actions(await during([], async () => void (await ok('stop', id)), 'stop')), [
      'kill',
      'die',
      'stop',
    ]);
    await ok('start', id);
    assert.deepEqual(actions(await during([], async () => void (await ok('rm', '-f', id)), 'destroy')), [
      'kill',
      'die',
      'destroy',
    ]);
  });

  it('tells exec', async () => {
    const id = await ok('run', '-d', 'busybox', 'sleep', '1000');
    const events = await during([], async () => void (await ok('exec', id, 'true')), 'exec_die');
    assert.deepEqual(actions(events), ['exec_create: true ', 'exec_start: true ', 'exec_die']);
    assert.equal(events[2]!.Actor.Attributes.exitCode, '0');
    await ok('rm', '-f', id);
  });

  it('replays with since and until and filters', async () => {
    const since = String(Math.floor(Date.now() / 1000) - 1);
    const id = await ok('run', '-d', '--name', 'past', 'busybox', 'true');
    await ok('wait', id);
    await ok('rm', id);
    const until = String(Math.floor(Date.now() / 1000) + 1);
    const text = await ok(
      'events',
      '--since',
      since,
      '--until',
      until,
      '--filter',
      'container=past',
      '--format',
      '{{.Action}}',
    );
    assert.deepEqual(text.split('\n'), ['create', 'start', 'die', 'destroy']);
    const dies = await ok(
      'events',
      '--since',
      since,
      '--until',
      until,
      '--filter',
      'container=past',
      '--filter',
      'event=die',
      '--format',
      '{{.Action}}',
    );
    assert.equal(dies, 'die');
  });
});
