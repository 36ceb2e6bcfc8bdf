// What is told when a VM changes, for every pair of remembered and present state, steps missed while the daemon was down included.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import { decide } from '#src/events/decide.ts';
import { type Seen, snapshot } from '#src/events/seen.ts';
import type { Pending } from '#src/events/story.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const T = (second: number): string => `2026-11-24T10:00:${String(second).padStart(2, '0')}.000Z`;
const none = { nics: [] };
const started = (second: number) => ({ [MD.startedAt]: T(second) });

const created = buildVm(none);
const up = (boot: number, md = {}, patch = {}): Vm =>
  buildVm(
    { ...none, state: 'running', boot_timestamp: T(boot), pid: 7, ...patch },
    { ...started(boot), ...md },
  );
const down = (boot: number, exit: number, code = 0, md = {}, patch = {}): Vm =>
  buildVm({ ...none, exit_status: code, exit_timestamp: T(exit), ...patch }, { ...started(boot), ...md });
const gone = (vm: Vm): Vm => ({ ...vm, state: 'destroyed', zone_state: 'destroyed', destroyed: T(50) });
const pre = buildVm({ ...none, state: 'provisioning', zone_state: null });
const failedStart = buildVm({ ...none, exit_status: 127 }, { [MD.error]: 'no such file' });
/** As a real zone: no docker:startedat, and boot_timestamp only while it runs. */
const realUp = (boot: number): Vm => buildVm({ ...none, state: 'running', boot_timestamp: T(boot) });
const realDown = (exit: number, code: number): Vm =>
  buildVm({ ...none, exit_status: code, exit_timestamp: T(exit) });

interface Case {
  what: string;
  prev: Vm | null;
  now: Vm;
  told: string;
  fresh?: boolean;
  pending?: Partial<Pending>;
}

const CASES: Case[] = [
  { what: 'provisioning is not told', prev: null, now: pre, fresh: true, told: 'other:' },
  { what: 'a new one', prev: null, now: created, fresh: true, told: 'created: create' },
  { what: 'the end of provisioning', prev: pre, now: created, told: 'created: create' },
  { what: 'an old one, first seen', prev: null, now: up(1), told: 'other:' },
  { what: 'an old one, first seen stopped', prev: null, now: down(1, 2), told: 'exit:' },
  {
    what: 'a new one that runs already',
    prev: null,
    now: up(1),
    fresh: true,
    told: 'created: create | boot: start',
  },
  {
    what: 'a new one that has run already',
    prev: null,
    now: down(1, 5, 3),
    fresh: true,
    told: 'created: create | boot: start | exit: die 3 4s',
  },
  { what: 'a failed provisioning', prev: pre, now: { ...pre, state: 'failed' }, told: 'destroyed:' },
  { what: 'an unknown one is gone', prev: null, now: gone(down(1, 2)), fresh: true, told: 'destroyed:' },
  { what: 'start', prev: created, now: up(1), told: 'boot: start' },
  { what: 'exit', prev: up(1), now: down(1, 4, 7), told: 'exit: die 7 3s' },
  { what: 'exit by signal of a real zone', prev: realUp(1), now: realDown(3, -9), told: 'exit: die 137 2s' },
  { what: 'the same twice, up', prev: up(1), now: up(1), told: 'other:' },
  { what: 'the same twice, down', prev: down(1, 2), now: down(1, 2), told: 'other:' },
  { what: 'late news of an ended run', prev: down(1, 2), now: up(1), told: '' },
  { what: 'a failed start', prev: created, now: failedStart, told: 'other:' },
  {
    what: 'a failed start after a run',
    prev: down(1, 2),
    now: down(1, 2, 127, { [MD.error]: 'x' }),
    told: 'other:',
  },
  {
    what: 'out of memory, with the exit',
    prev: up(1),
    now: down(1, 2, 137, { [MD.oomKilled]: true }),
    told: 'exit: oom; die 137 1s',
  },
  {
    what: 'out of memory, before the exit',
    prev: up(1),
    now: up(1, { [MD.oomKilled]: true }),
    told: 'other: oom',
  },
  {
    what: 'the exit after the oom',
    prev: up(1, { [MD.oomKilled]: true }),
    now: down(1, 2, 137, { [MD.oomKilled]: true }),
    told: 'exit: die 137 1s',
  },
  {
    what: 'out of memory, after the exit',
    prev: down(1, 2, 137),
    now: down(1, 2, 137, { [MD.oomKilled]: true }),
    told: 'other: oom',
  },
  { what: 'pause', prev: up(1), now: up(1, { [MD.paused]: true }), told: 'other: pause' },
  { what: 'unpause', prev: up(1, { [MD.paused]: true }), now: up(1), told: 'other: unpause' },
  { what: 'stop', prev: up(1), now: down(1, 2, 0), pending: { stops: 1 }, told: 'exit: die 0 1s; stop' },
  {
    what: 'two stops at once',
    prev: up(1),
    now: down(1, 2),
    pending: { stops: 2 },
    told: 'exit: die 0 1s; stop; stop',
  },
  {
    what: 'restart, first half',
    prev: up(1),
    now: down(1, 2, 0, { [MD.restarting]: true }),
    pending: { stops: 1, restarts: 1 },
    told: 'exit: die 0 1s; stop',
  },
  {
    what: 'restart, second half',
    prev: down(1, 2, 0, { [MD.restarting]: true }),
    now: up(3),
    pending: { restarts: 1 },
    told: 'boot: start; restart',
  },
  {
    what: 'restart policy, exit',
    prev: up(1),
    now: down(1, 2, 1, { [MD.restarting]: true }),
    told: 'exit: die 1 1s',
  },
  {
    what: 'stop in the back-off of a restart',
    prev: down(1, 2, 1, { [MD.restarting]: true }),
    now: down(1, 2, 1),
    pending: { stops: 1 },
    told: 'other: stop',
  },
  {
    what: 'rename',
    prev: up(1),
    now: up(1, {}, { alias: 'other' }),
    told: 'other: rename /web→other',
  },
  {
    what: 'rename and exit',
    prev: up(1),
    now: down(1, 2, 0, {}, { alias: 'other' }),
    told: 'other: rename /web→other | exit: die 0 1s',
  },
  { what: 'rm', prev: down(1, 2), now: gone(down(1, 2)), told: 'destroyed: destroy' },
  { what: 'rm of one that never ran', prev: created, now: gone(created), told: 'destroyed: destroy' },
  {
    what: 'rm -f whose exit is told with it',
    prev: up(1),
    now: gone(down(1, 5, 137)),
    told: 'exit: die 137 4s | destroyed: destroy',
  },
  {
    what: 'rm -f without a word of the exit',
    prev: up(1),
    now: gone(up(1)),
    told: 'exit: die 137 49s | destroyed: destroy',
  },
  {
    what: 'a run missed, then rm',
    prev: down(1, 2),
    now: gone(down(3, 5, 4)),
    told: 'boot: start | exit: die 4 2s | destroyed: destroy',
  },
  {
    what: 'missed: a whole run',
    prev: down(1, 2),
    now: down(3, 6, 9),
    told: 'boot: start | exit: die 9 3s',
  },
  {
    what: 'missed: the first run',
    prev: created,
    now: down(3, 6, 9),
    told: 'boot: start | exit: die 9 3s',
  },
  {
    what: 'missed: exit and boot',
    prev: up(1),
    now: up(6),
    told: 'exit: die 255 5s | boot: start',
  },
  {
    what: 'missed: exit and boot, before an exit',
    prev: up(1),
    now: down(6, 8, 2),
    told: 'exit: die 255 5s | boot: start | exit: die 2 2s',
  },
  {
    what: 'missed: exit and boot in a restart',
    prev: up(1),
    now: up(6),
    pending: { stops: 1, restarts: 1 },
    told: 'exit: die 255 5s; stop | boot: start; restart',
  },
  {
    what: 'missed: a run of a real zone',
    prev: realDown(2, 0),
    now: realDown(5, 0),
    told: 'boot: start | exit: die 0 0s',
  },
  {
    what: 'a word of the server in place of the state',
    prev: up(1),
    now: { ...up(1), state: 'unknown' },
    told: 'other:',
  },
];

function tell({ prev, now, fresh = false, pending = {} }: Case): string {
  const seen = prev === null ? null : snapshot(prev, null);
  const verdict = decide(seen, now, { fresh, pending: { stops: 0, restarts: 0, ...pending } });
  return verdict.steps
    .map(({ kind, events }) => {
      const words = events.map(({ action, attributes: a }) => {
        if (action === 'die') return `die ${a.exitCode} ${a.execDuration}s`;
        return action === 'rename' ? `rename ${a.oldName}→${a.name}` : action;
      });
      return `${kind}: ${words.join('; ')}`.trim();
    })
    .join(' | ');
}

for (const one of CASES) test(one.what, () => assert.equal(tell(one), one.told));

test('what is remembered is small, and enough for the events of a VM that is gone', () => {
  const long = buildVm({}, { [MD.env]: JSON.stringify(['A='.padEnd(10_000, 'x')]) });
  const seen = snapshot(long, null);
  assert.ok(JSON.stringify(seen).length < 600, String(JSON.stringify(seen).length));
  const bare: Vm = { ...gone(long), alias: null, tags: {}, internal_metadata: {}, nics: [] };
  const { steps, seen: after } = decide(seen, bare, { fresh: false, pending: { stops: 0, restarts: 0 } });
  assert.equal(after, null);
  assert.deepEqual(steps.at(-1)?.events[0]?.attributes, { tier: 'front', image: 'busybox', name: 'web' });
});

test('a container on a network is connected before its start and disconnected before its death', () => {
  const running = buildVm({ state: 'running' }, started(1));
  const stopped = buildVm({ exit_status: 0, exit_timestamp: T(2) }, started(1));
  const calm = { fresh: false, pending: { stops: 0, restarts: 0 } };
  const boot = decide(snapshot(buildVm(), null), running, calm).steps[0]!.events;
  const exit = decide(snapshot(running, null), stopped, calm).steps[0]!.events;
  assert.deepEqual(
    boot.map((e) => `${e.type} ${e.action}`),
    ['network connect', 'container start'],
  );
  assert.deepEqual(
    exit.map((e) => `${e.type} ${e.action}`),
    ['network disconnect', 'container die'],
  );
  assert.equal(boot[0]!.id, '0f0e0d0c0b0a490887060504030201000f0e0d0c0b0a49088706050403020100');
  assert.deepEqual(boot[0]!.attributes, { container: boot[1]!.id, name: 'bridge', type: 'bridge' });
});

test('a missed exit is told with a stopped VM and its status, so that waiters can answer', () => {
  const seen: Seen = snapshot(up(1), null);
  const [exit, boot] = decide(seen, up(6), { fresh: false, pending: { stops: 0, restarts: 0 } }).steps;
  assert.deepEqual([exit!.vm.state, exit!.vm.exit_status], ['stopped', 255]);
  assert.equal(boot!.vm.state, 'running');
});

test('a failed start is noted, once', () => {
  const calm = { fresh: false, pending: { stops: 0, restarts: 1 } };
  const first = decide(snapshot(created, null), failedStart, calm);
  assert.equal(first.startFailed, true);
  assert.equal(decide(first.seen, failedStart, calm).startFailed, false);
});
