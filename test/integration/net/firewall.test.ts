// The packet filter on a real kernel: between neighbours, through a restart and a flush, each change whole or not at all.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, it } from 'node:test';
import bunyan from 'bunyan';
import { createContainerNet } from '#lib/net/container-net.ts';
import { createPacketFilter } from '#lib/net/firewall/packet-filter.ts';
import type { Guest, PacketFilter } from '#lib/net/firewall/types.ts';
import { NftSession } from '#lib/net/nft-session.ts';
import { removeContainerNet } from '#lib/net/remove-container-net.ts';
import type { ContainerNet } from '#lib/net/types.ts';
import { run, waitUntil } from '#test/harness/stack.ts';
import { BRIDGE, GATEWAY, nicAt, SUBNET } from './own-net.ts';

const log = bunyan.createLogger({ name: 'test', level: bunyan.FATAL + 1 });
const filters: PacketFilter[] = [];
const children: ChildProcess[] = [];
let net: ContainerNet;

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const filter of filters.splice(0)) await filter.close();
  await net?.close();
  await removeContainerNet(BRIDGE, log);
  const tables = (await run('nft', ['list', 'tables'])).stdout;
  assert.ok(!tables.includes(`${BRIDGE}-`), tables);
});

interface Box {
  uuid: string;
  ip: string;
  path: string;
}

async function boxes(count: number): Promise<Box[]> {
  net = await createContainerNet({
    bridge: BRIDGE,
    subnet: SUBNET,
    gateway: GATEWAY,
    mtu: 1500,
    poolSize: 0,
    log,
  });
  return Promise.all(
    Array.from({ length: count }, async (_unused, at) => {
      const nic = nicAt(GATEWAY, at + 1);
      const uuid = randomUUID();
      return { uuid, ip: nic.ip, path: (await net.acquire(uuid, [nic])).path };
    }),
  );
}

async function filter(guests: [Box, Partial<Guest>][] = []): Promise<PacketFilter> {
  const made = createPacketFilter({ bridge: BRIDGE, log });
  filters.push(made);
  await made.recover(new Map(guests.map(([box, more]) => [box.uuid, guest(box, more)])));
  return made;
}

const guest = (box: Box, more: Partial<Guest> = {}): Guest => ({
  ips: [box.ip],
  inbound: [],
  outbound: [],
  groups: ['all'],
  ...more,
});

/** A server in a box; resolves when it listens. */
async function listen(box: Box, port: number): Promise<void> {
  const code = `require('node:net').createServer((s) => s.end('hi')).listen(${port}, () => console.log('ready'))`;
  const child = spawn('nsenter', [`--net=${box.path}`, process.execPath, '-e', code]);
  children.push(child);
  await new Promise((done) => child.stdout.once('data', done));
}

async function reaches(from: Box, to: Box, port: number): Promise<boolean> {
  const code = `const s = require('node:net').connect({ host: '${to.ip}', port: ${port}, timeout: 700 });
    s.on('data', () => process.exit(0)); s.on('error', () => process.exit(2)); s.on('timeout', () => process.exit(3))`;
  return (await run('nsenter', [`--net=${from.path}`, process.execPath, '-e', code])).code === 0;
}

const tcp = (port: number, key?: string) => ({
  peer: key === undefined ? ({ kind: 'any' } as const) : ({ kind: 'group', key } as const),
  match: { protocol: 'tcp' as const, ports: [{ first: port, last: port }] },
  allow: true,
});

it('nothing comes in but what a line allows; answers to what went out do', async () => {
  const [a, b] = (await boxes(2)) as [Box, Box];
  await listen(b, 80);
  await listen(b, 81);
  await listen(a, 80);
  const made = await filter([
    [a, {}],
    [b, { inbound: [tcp(80)] }],
  ]);
  assert.deepEqual(
    [await reaches(a, b, 80), await reaches(a, b, 81), await reaches(b, a, 80)],
    [true, false, false],
  );
  await made.set(a.uuid, guest(a, { outbound: [{ ...tcp(80), allow: false }] }));
  assert.equal(await reaches(a, b, 80), false);
  await made.remove(a.uuid);
  await made.remove(b.uuid);
  assert.equal(await reaches(a, b, 81), true);
});

it('a group is whoever is in it', async () => {
  const [a, b, c] = (await boxes(3)) as [Box, Box, Box];
  await listen(b, 80);
  const made = await filter([
    [a, {}],
    [b, { inbound: [tcp(80, 'friends')] }],
    [c, { groups: ['friends'] }],
  ]);
  assert.deepEqual([await reaches(a, b, 80), await reaches(c, b, 80)], [false, true]);
  await made.set(a.uuid, guest(a, { groups: ['friends'] }));
  await made.set(c.uuid, guest(c, {}));
  assert.deepEqual([await reaches(a, b, 80), await reaches(c, b, 80)], [true, false]);
});

it('a new process takes over in one step; a flush by somebody else is repaired by the next change', async () => {
  const [a, b] = (await boxes(2)) as [Box, Box];
  await listen(b, 80);
  await filter([[b, {}]]);
  assert.equal(await reaches(a, b, 80), false);
  const second = await filter([[b, {}]]);
  assert.equal(await reaches(a, b, 80), false);
  await run('nft', ['delete', 'table', 'ip', `${BRIDGE}-fw`]);
  await second.set(a.uuid, guest(a));
  assert.equal(await reaches(a, b, 80), false);
});

it('a hundred guests at once, and none is left', async () => {
  await boxes(0);
  const made = await filter();
  const many = Array.from({ length: 100 }, (_unused, at) => ({
    uuid: randomUUID(),
    ip: `203.0.113.${at}`,
    path: '',
  }));
  await Promise.all(
    many.map((box, at) => made.set(box.uuid, guest(box, { inbound: [tcp(1 + (at % 3), 'all')] }))),
  );
  const listed = async () => (await run('nft', ['list', 'table', 'ip', `${BRIDGE}-fw`])).stdout;
  assert.equal([...(await listed()).matchAll(/: goto in-/g)].length, 100);
  assert.equal([...(await listed()).matchAll(/chain in-/g)].length, 3);
  await Promise.all(many.map(({ uuid }) => made.remove(uuid)));
  assert.ok(!/goto in-|chain in-|set g-/.test(await listed()));
});

it('a transaction of the kept session is whole or not at all; a killed nft is started again', async () => {
  await boxes(0);
  const session = new NftSession();
  const table = `${BRIDGE}-fw`;
  const sets = async () =>
    [...(await run('nft', ['list', 'table', 'ip', table])).stdout.matchAll(/set (\w+) \{/g)].map(
      ([, name]) => name,
    );
  await session.run(() => [`add table ip ${table}`, `add set ip ${table} one { type ipv4_addr; }`]);
  await assert.rejects(
    session.run(() => [
      `add set ip ${table} two { type ipv4_addr; }`,
      `add element ip ${table} nosuch { 10.0.0.1 }`,
    ]),
    /No such file or directory/,
  );
  assert.deepEqual(await sets(), ['one']);
  await session.run(() => [`add set ip ${table} three { type ipv4_addr; }`]);
  const many = Array.from(
    { length: 1500 },
    (_unused, at) => `add element ip ${table} one { 10.1.${at >> 8}.${at & 255} }`,
  );
  await session.run(() => many);
  const { stdout } = await run('pgrep', ['-P', String(process.pid), '-x', 'nft']);
  for (const pid of stdout.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
  await waitUntil('it works again', () =>
    session
      .run(() => [`add set ip ${table} four { type ipv4_addr; }`])
      .then(
        () => true,
        () => false,
      ),
  );
  assert.deepEqual(await sets(), ['one', 'three', 'four']);
  await session.close();
});
