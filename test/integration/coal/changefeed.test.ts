// The changefeed on real sockets: CoaL's publisher with plain listeners, and the daemon's subscriber over every kind of break.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, it } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { ChangefeedPublisher } from '#lib/coal/changefeed/publisher.ts';
import { createVmChangefeed } from '#lib/triton/changefeed.ts';
import type { VmChangefeed } from '#lib/triton/types.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { log } from './serve-one.ts';

const RESOURCE = { resource: 'vm', subResources: ['state', 'tags'], bootstrapRoute: '/vms' };
const path = `/tmp/sdct-feed-${process.pid}.sock`;
const VM = '0123abcd-4567-489a-bcde-f0123456789a';

let feed: ChangefeedPublisher;
let server: http.Server;
const listeners: WebSocket[] = [];
const subscribers: VmChangefeed[] = [];

beforeEach(async () => {
  feed = new ChangefeedPublisher(RESOURCE, log);
  server = await listen((req, socket, head) => feed.upgrade(req, socket, head));
});
afterEach(async () => {
  for (const subscriber of subscribers.splice(0)) await subscriber.close();
  for (const listener of listeners.splice(0)) listener.terminate();
  await stop();
});

async function listen(
  upgrade: (req: http.IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<http.Server> {
  const made = http.createServer();
  made.on('upgrade', upgrade);
  made.listen(path);
  await once(made, 'listening');
  return made;
}
async function stop(): Promise<void> {
  feed.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(path, { force: true });
}

interface Listener {
  socket: WebSocket;
  got: Record<string, unknown>[];
  /** Raw texts, also of refusals. */
  texts: string[];
}
/** Connects and registers; resolves with the answer in `texts`. */
async function register(registration: object | string, version?: string): Promise<Listener> {
  const socket = new WebSocket(`ws+unix:${path}:/changefeeds`, {
    headers: version ? { 'accept-version': version } : {},
  });
  listeners.push(socket);
  const listener: Listener = { socket, got: [], texts: [] };
  socket.on('message', (data) => {
    listener.texts.push(data.toString());
    if (listener.texts.length > 1) listener.got.push(JSON.parse(data.toString()));
  });
  await once(socket, 'open');
  socket.send(typeof registration === 'string' ? registration : JSON.stringify(registration));
  await once(socket, 'message');
  return listener;
}
const wants = (subResources: string[], instance = 'i') => ({
  instance,
  service: 's',
  changeKind: { resource: 'vm', subResources },
});

it('version 1: the resource, then changes of the fields asked for, in order', async () => {
  const states = await register(wants(['state']));
  assert.deepEqual(JSON.parse(states.texts[0]!), RESOURCE);
  const tags = await register(wants(['tags'], 'j'), '~1');
  feed.publish(VM, ['state'], { uuid: VM, state: 'running' });
  feed.publish(VM, ['tags'], { uuid: VM, tags: {} });
  feed.publish(VM, ['state', 'tags'], { uuid: VM, state: 'stopped' });
  feed.publish(VM, ['alias'], { uuid: VM });
  feed.publish(VM, ['state'], { uuid: VM, state: 'destroyed' });
  await waitUntil('both heard', () => states.got.length === 3 && tags.got.length === 2);
  assert.deepEqual(
    states.got.map((item) => (item.resourceObject as { state?: string }).state),
    ['running', 'stopped', 'destroyed'],
  );
  assert.deepEqual(states.got[1]?.changeKind, { resource: 'vm', subResources: ['state', 'tags'] });
  assert.equal(states.got[0]?.changedResourceId, VM);
  assert.match(String(states.got[0]?.published), /^\d{13}$/);
});

it('version 2 gets bootstrap routes', async () => {
  const { texts } = await register(
    { instance: 'i', service: 's', resources: [wants(['state']).changeKind] },
    '~2',
  );
  assert.deepEqual(
    texts.map((text) => JSON.parse(text)),
    [{ bootstrapRoutes: ['/vms'] }],
  );
});

for (const [what, text] of [
  ['no JSON', 'hello'],
  [
    'of another resource',
    JSON.stringify({ ...wants(['state']), changeKind: { resource: 'nic', subResources: ['x'] } }),
  ],
] as const) {
  it(`a registration ${what} is refused with the reason, and nothing is sent to it`, async () => {
    const { socket, texts } = await register(text);
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1008);
    assert.equal(texts.length, 1);
    assert.equal(feed.stats().registrations, 0);
  });
}

it('the same instance again replaces its former connection; closing the former does not end the new one', async () => {
  const former = await register(wants(['state'], 'same'));
  const latter = await register(wants(['tags'], 'same'));
  assert.deepEqual(feed.stats(), { listeners: 2, registrations: 1 });
  former.socket.terminate();
  await waitUntil('the former is gone', () => feed.stats().listeners === 1);
  assert.equal(feed.stats().registrations, 1);
  feed.publish(VM, ['state'], {});
  feed.publish(VM, ['tags'], {});
  await waitUntil('the latter heard', () => latter.got.length > 0);
  assert.equal(latter.got.length, 1);
  assert.equal(former.got.length, 0);
  latter.socket.close();
  await waitUntil('nobody is left', () => feed.stats().registrations === 0);
});

it('heartbeats are no second registration', async () => {
  const { socket, texts, got } = await register(wants(['state']));
  socket.send('heartbeat');
  socket.send(JSON.stringify(wants(['tags'])));
  socket.ping();
  await once(socket, 'pong');
  feed.publish(VM, ['tags'], {});
  feed.publish(VM, ['state'], {});
  await waitUntil('the change came', () => got.length > 0);
  assert.equal(texts.length, 2);
});

it('a listener that does not read is cut off when too much piles up; others go on', async () => {
  const slow = await register(wants(['state'], 'slow'));
  const good = await register(wants(['state'], 'good'));
  slow.socket.pause();
  const closed = once(slow.socket, 'close');
  const big = { text: 'x'.repeat(8 * 1024 * 1024) };
  for (let sent = 1; feed.stats().registrations > 1; sent++) {
    assert.ok(sent <= 12, 'more than 64 MiB are kept for a listener that does not read');
    feed.publish(VM, ['state'], big);
    await waitUntil(
      'the good one has it',
      () => good.got.length === sent || feed.stats().registrations === 1,
    );
  }
  slow.socket.resume();
  await closed;
  assert.equal(feed.stats().registrations, 1);
});

type Item = Parameters<Parameters<VmChangefeed['subscribe']>[0]>[0];
function subscribe(): { feed: VmChangefeed; items: Item[] } {
  const subscriber = createVmChangefeed(`unix:${path}`, log);
  subscribers.push(subscriber);
  const items: Item[] = [];
  subscriber.subscribe((item) => items.push(item));
  return { feed: subscriber, items };
}
const bootstraps = (items: Item[]): number => items.filter(({ kind }) => kind === 'bootstrap').length;

it('the subscriber: bootstrap first, then whole VMs', async () => {
  const { feed: subscriber, items } = subscribe();
  await waitUntil('it is live', () => subscriber.connected);
  feed.publish(VM, ['state'], { uuid: VM, state: 'running' });
  await waitUntil('a change came', () => items.length === 2);
  assert.deepEqual(items[0], { kind: 'bootstrap' });
  const change = items[1];
  assert.equal(change?.kind, 'change');
  if (change?.kind !== 'change') return;
  assert.equal(change.item.changedResourceId, VM);
  // VMAPI's compact form is filled up
  assert.deepEqual(
    [change.item.resourceObject.state, change.item.resourceObject.nics, change.item.resourceObject.tags],
    ['running', [], {}],
  );

  const late: Item[] = [];
  subscriber.subscribe((item) => late.push(item));
  await waitUntil('a late one has its bootstrap', () => late.length === 1);
});

it('the subscriber comes back after every break, and bootstraps again', async () => {
  const { feed: subscriber, items } = subscribe();
  for (let round = 1; round <= 3; round++) {
    await waitUntil(`bootstrap ${round}`, () => bootstraps(items) === round);
    await stop();
    await waitUntil('it noticed', () => !subscriber.connected);
    feed = new ChangefeedPublisher(RESOURCE, log);
    server = await listen((req, socket, head) => feed.upgrade(req, socket, head));
  }
  await waitUntil('the last bootstrap', () => bootstraps(items) === 4);
  feed.publish(VM, ['state'], { uuid: VM });
  await waitUntil('a change after all that', () => items.at(-1)?.kind === 'change');
});

it('a subscriber that throws does not keep the others from hearing', async () => {
  const subscriber = createVmChangefeed(`unix:${path}`, log);
  subscribers.push(subscriber);
  let heard = 0;
  subscriber.subscribe(() => {
    throw new Error('mine');
  });
  subscriber.subscribe(() => heard++);
  await waitUntil('the second heard', () => heard > 0);
});

const ODD = [
  'null',
  '5',
  '"text"',
  '[]',
  '{}',
  '{"changeKind":null}',
  '{"changeKind":{"resource":"nic"}}',
  '{"changeKind":{"resource":"vm"}}',
  '{"changeKind":{"resource":"vm"},"resourceObject":null}',
];
it('odd messages end neither the program nor the feed', async () => {
  await stop();
  const odd = new WebSocketServer({ noServer: true });
  let connections = 0;
  server = await listen((req, socket, head) =>
    odd.handleUpgrade(req, socket, head, (ws) => {
      connections++;
      ws.send(JSON.stringify(RESOURCE));
      for (const text of ODD) ws.send(text);
      ws.send(
        JSON.stringify({
          changeKind: { resource: 'vm', subResources: ['state'] },
          changedResourceId: VM,
          resourceObject: { uuid: VM },
        }),
      );
      // a second bootstrap in one connection is only that
      ws.send(JSON.stringify(RESOURCE));
    }),
  );
  const { items } = subscribe();
  await waitUntil('the good change came', () =>
    items.some((item) => item.kind === 'change' && item.item.changedResourceId === VM),
  );
  assert.ok(items.every((item) => item.kind === 'bootstrap' || item.item.resourceObject.uuid === VM));
  assert.equal(connections, 1);
  for (const client of odd.clients) client.terminate();
});

it('a refusal is tried again later, close() ends it at any moment', async () => {
  await stop();
  const refusing = new WebSocketServer({ noServer: true });
  let tries = 0;
  server = await listen((req, socket, head) =>
    refusing.handleUpgrade(req, socket, head, (ws) => {
      tries++;
      ws.send('go away');
    }),
  );
  const { feed: subscriber } = subscribe();
  await waitUntil('it tried again', () => tries >= 2);
  assert.equal(subscriber.connected, false);
  await subscriber.close();
  const immediately = createVmChangefeed(`unix:${path}`, log);
  await immediately.close();
  const nobody = createVmChangefeed('unix:/tmp/sdct-none.sock', log);
  await nobody.close();
});
