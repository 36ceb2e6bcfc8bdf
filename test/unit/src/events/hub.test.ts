// The hub between changefeed, store and listeners: order, restarts of the daemon, accounts, time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { openStore } from '#lib/store/sqlite-store.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { DockerEvent } from '#src/events/types.ts';
import { buildVm, ID, UUID } from '#test/unit/src/vm/build-vm.ts';
import { Stage } from './parts.ts';

const OWNER = buildVm().owner_uuid!;
const later = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
const fresh = { create_timestamp: later(60), nics: [] };
const created = buildVm({ ...fresh, last_modified: later(1) });
const running = buildVm(
  { ...fresh, state: 'running', last_modified: later(2) },
  { [MD.startedAt]: later(2) },
);
const exited: Vm = {
  ...running,
  state: 'stopped',
  exit_status: 3,
  exit_timestamp: later(4),
  last_modified: later(4),
};
const destroyed: Vm = { ...exited, state: 'destroyed', destroyed: later(5), last_modified: later(5) };
const pre = buildVm({ ...fresh, state: 'provisioning', last_modified: later(0.5) });
const LIFE = [created, running, exited, destroyed];

test('a life, live and kept; listeners to the VM come before those to the events', () => {
  const stage = new Stage();
  const order: string[] = [];
  const live: DockerEvent[] = [];
  stage.hub.onVm(UUID, ({ kind }) => order.push(kind));
  stage.hub.listen(OWNER, (event) => {
    live.push(event);
    order.push(event.Action);
  });
  stage.hub.listen('somebody-else', () => assert.fail('told to another account'));
  for (const vm of LIFE) stage.change(vm);
  stage.change(destroyed);
  assert.deepEqual(order, ['created', 'create', 'boot', 'start', 'exit', 'die', 'destroyed', 'destroy']);
  assert.deepEqual(stage.hub.replay(OWNER, null, null), live);
  assert.ok(live.every((event, i) => i === 0 || event.timeNano > live[i - 1]!.timeNano));
  assert.deepEqual(live[2]!.Actor, {
    ID,
    Attributes: { tier: 'front', image: 'busybox', name: 'web', exitCode: '3', execDuration: '2' },
  });
  assert.equal(live[0]!.time, Number(live[0]!.timeNano / 1_000_000_000n));
  assert.deepEqual(
    stage.store.events.allSeen().map((row) => row.vmUuid),
    ['baseline', 'watermark'],
  );
});

test('one write of what is seen per change of state, none for other changes', () => {
  const store = openStore(':memory:');
  let writes = 0;
  const events = {
    ...store.events,
    setSeen: (uuid: string, json: string | null) => {
      if (uuid !== 'watermark') writes++;
      store.events.setSeen(uuid, json);
    },
  };
  const stage = new Stage({ ...store, events });
  const before = writes;
  stage.change(buildVm({ ...fresh, state: 'provisioning' }));
  stage.change(created);
  stage.change({ ...created, customer_metadata: { a: 1 } });
  stage.change(running);
  stage.change({ ...running, customer_metadata: { a: 2 } });
  stage.change(running);
  assert.equal(writes - before, 2);
});

test('VMs that are no containers are nobody’s news', () => {
  const stage = new Stage();
  stage.change({ ...created, docker: undefined });
  stage.hub.close();
  assert.deepEqual(stage.told(OWNER), []);
});

test('what happened while the daemon was down is told when it is back', async (t) => {
  const cases: [string, Vm[], Vm[], string[]][] = [
    ['nothing', [created, running], [running], []],
    ['exit', [created, running], [exited], ['die']],
    ['exit and removal', [created, running], [destroyed], ['die', 'destroy']],
    ['exit and removal without a record', [created, running], [], ['die', 'destroy']],
    ['create and start', [], [running], ['create', 'start']],
    ['a whole life but its end', [], [exited], ['create', 'start', 'die']],
    ['removal', [created], [{ ...created, state: 'destroyed' }], ['destroy']],
    ['a whole life', [], [destroyed], ['create', 'start', 'die', 'destroy']],
    ['the end of one that was being made', [pre], [destroyed], ['create', 'start', 'die', 'destroy']],
    ['a failed creation', [pre], [{ ...pre, state: 'failed' }], []],
    ['nothing, of one that is long gone', LIFE, [destroyed], []],
  ];
  for (const [what, before, after, told] of cases) {
    await t.test(what, async () => {
      const first = new Stage();
      for (const vm of before) first.change(vm);
      first.hub.close();
      const known = first.told(OWNER).length;
      const second = new Stage(first.store);
      second.vms = after;
      second.connect();
      await second.hub.ready;
      assert.deepEqual(second.told(OWNER).slice(known), told);
    });
  }
});

test('containers older than the store are taken up without a word, then told as any other', async () => {
  const stage = new Stage();
  const old = { create_timestamp: '2020-01-01T00:00:00.000Z' };
  stage.vms = [{ ...running, ...old }];
  stage.connect();
  await stage.hub.ready;
  assert.deepEqual(stage.told(OWNER), []);
  stage.change({ ...exited, ...old });
  assert.deepEqual(stage.told(OWNER), ['die']);
});

test('news that overtake the listing count, and a listing that overtakes the news does too', async () => {
  const stage = new Stage();
  stage.change(created);
  stage.vms = [running];
  stage.whileListing = () => stage.change(exited);
  stage.connect();
  await stage.hub.ready;
  stage.change(running);
  assert.deepEqual(stage.told(OWNER), ['create', 'start', 'die']);
});

test('a listing that fails is tried again', async () => {
  const stage = new Stage();
  stage.failures = 1;
  stage.vms = [created];
  stage.connect();
  // The hub's own timers do not keep a process alive.
  const alive = setInterval(() => undefined, 1000);
  await stage.hub.ready;
  clearInterval(alive);
  assert.deepEqual(stage.told(OWNER), ['create']);
});

test('an attach that comes before the creation is told waits for it', () => {
  const stage = new Stage();
  stage.hub.emit(OWNER, 'container', 'attach', ID, { name: 'web' });
  stage.hub.emit(OWNER, 'image', 'pull', 'busybox', {});
  stage.change(buildVm({ ...fresh, state: 'provisioning' }));
  assert.deepEqual(stage.told(OWNER), ['pull']);
  stage.change(created);
  assert.deepEqual(stage.told(OWNER), ['pull', 'create', 'attach']);
  stage.hub.emit(OWNER, 'container', 'resize', ID, {});
  assert.deepEqual(stage.told(OWNER).at(-1), 'resize');
});

test('it waits no longer than that: creation and start may be told at once', () => {
  const stage = new Stage();
  stage.hub.emit(OWNER, 'container', 'attach', ID, { name: 'web' });
  stage.change(running);
  assert.deepEqual(stage.told(OWNER), ['create', 'attach', 'start']);
});

test('what happens in a run is told after its start, however late the changefeed tells of that', () => {
  const stage = new Stage();
  const exec = () => stage.hub.emit(OWNER, 'container', 'exec_create: sh', ID, { name: 'web' }, running);
  exec();
  stage.change(pre);
  stage.hub.emit(OWNER, 'container', 'attach', ID, { name: 'web' }, created);
  stage.change(running);
  exec();
  const lived = ['create', 'attach', 'start', 'exec_create: sh', 'exec_create: sh'];
  assert.deepEqual(stage.told(OWNER), lived);
  const again = { ...running, internal_metadata: { ...running.internal_metadata, [MD.startedAt]: later(6) } };
  stage.hub.emit(OWNER, 'container', 'top', ID, { name: 'web' }, again);
  stage.change(exited);
  assert.deepEqual(stage.told(OWNER), [...lived, 'die']);
  stage.change({ ...again, last_modified: later(6) });
  assert.deepEqual(stage.told(OWNER), [...lived, 'die', 'start', 'top']);
  stage.hub.emit(OWNER, 'container', 'exec_die', ID, { name: 'web' }, running);
  stage.change({ ...destroyed, last_modified: later(7) });
  stage.hub.emit(OWNER, 'container', 'exec_die', ID, { name: 'web' }, again);
  assert.deepEqual(stage.told(OWNER).slice(-4), ['exec_die', 'die', 'destroy', 'exec_die']);
});

test('stop, restart and kill are told in Docker’s order, also when VMAPI answers before its changefeed', () => {
  const stage = new Stage();
  stage.change(created);
  stage.change(running);
  const over = stage.hub.operation(UUID, { kind: 'restart' });
  stage.hub.emit(OWNER, 'container', 'kill', ID, { signal: '15' });
  stage.change(exited);
  over();
  const again: Vm = {
    ...running,
    last_modified: later(6),
    internal_metadata: { ...running.internal_metadata, [MD.startedAt]: later(6) },
  };
  stage.change(again);
  stage.hub.operation(UUID, { kind: 'kill' })();
  stage.change({
    ...again,
    state: 'stopped',
    exit_timestamp: later(7),
    exit_status: 137,
    last_modified: later(7),
  });
  assert.deepEqual(stage.told(OWNER), [
    ...['create', 'start', 'kill', 'die', 'stop', 'start', 'restart'],
    'die',
  ]);
});

test('a restart that could not boot is not told with the next start', () => {
  const stage = new Stage();
  for (const vm of [created, running]) stage.change(vm);
  const over = stage.hub.operation(UUID, { kind: 'restart' });
  stage.change(exited);
  const md = { ...exited.internal_metadata, [MD.error]: 'no such file' };
  stage.change({ ...exited, exit_status: 127, internal_metadata: md, last_modified: later(5) });
  over();
  const boot = { ...running.internal_metadata, [MD.startedAt]: later(6) };
  stage.change({ ...running, internal_metadata: boot, last_modified: later(6) });
  assert.deepEqual(stage.told(OWNER).slice(2), ['die', 'stop', 'start']);
});

test('times go on where those of the last life of the daemon ended, even when the clock was set back', () => {
  const first = new Stage();
  const ahead = BigInt(Date.now() + 3_600_000) * 1_000_000n;
  first.store.events.add({ owner_uuid: OWNER, time_nano: ahead, json: '{"Action":"x"}' });
  const second = new Stage(first.store);
  second.hub.emit(OWNER, 'image', 'pull', 'a', {});
  assert.equal(second.hub.replay(OWNER, ahead + 1n, null)[0]?.timeNano, ahead + 1n);
});
