// lib/net on a real kernel: what a container gets, and that nothing stays behind, whoever is killed when.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, it } from 'node:test';
import bunyan from 'bunyan';
import { createContainerNet } from '#lib/net/container-net.ts';
import { removeContainerNet } from '#lib/net/remove-container-net.ts';
import type { ContainerNet } from '#lib/net/types.ts';
import { run, waitUntil } from '#test/harness/stack.ts';
import { BRIDGE, GATEWAY, inside, nicAt, onMachine, SUBNET } from './own-net.ts';

const log = bunyan.createLogger({ name: 'test', level: bunyan.FATAL + 1 });
const NOTHING = { netns: [], links: [], claims: [], table: false, bridge: false };
const nets: ContainerNet[] = [];
const children: ChildProcess[] = [];

async function start(poolSize = 0): Promise<ContainerNet> {
  const net = await createContainerNet({
    bridge: BRIDGE,
    subnet: SUBNET,
    gateway: GATEWAY,
    mtu: 1500,
    poolSize,
    log,
  });
  nets.push(net);
  return net;
}
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const net of nets.splice(0)) await net.close();
  await removeContainerNet(BRIDGE, log);
  assert.deepEqual(await onMachine(), NOTHING);
});

it('another subnet takes the place of the one before', async () => {
  await start();
  const [a, b] = SUBNET.endsWith('.224/28') ? [208, 209] : [224, 225];
  const options = { bridge: BRIDGE, mtu: 1500, poolSize: 0, log };
  const gateway = `203.0.113.${b}`;
  nets.push(await createContainerNet({ ...options, subnet: `203.0.113.${a}/28`, gateway }));
  const told = await run('ip', ['-j', '-4', 'addr', 'show', 'dev', BRIDGE]);
  const [link] = JSON.parse(told.stdout) as [{ addr_info: { local: string }[] }];
  assert.deepEqual(
    link.addr_info.map(({ local }) => local),
    [gateway],
  );
});

it('a namespace has its addresses, its MACs, a route, and nothing of IPv6 but lo', async () => {
  const net = await start();
  const nics = [nicAt(GATEWAY, 1), { ...nicAt(GATEWAY, 2), mtu: 1400 }];
  const { path } = await net.acquire(randomUUID(), nics);
  const links = JSON.parse(await inside(path, 'ip', '-j', 'addr')) as {
    ifname: string;
    address: string;
    mtu: number;
    addr_info: { local: string; prefixlen: number }[];
  }[];
  assert.deepEqual(
    links.map(({ ifname, mtu, addr_info }) => [
      ifname,
      mtu,
      addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`).join(' '),
    ]),
    [
      ['lo', 65536, '127.0.0.1/8 ::1/128'],
      ['eth0', 1500, `${nics[0]!.ip}/28`],
      ['eth1', 1400, `${nics[1]!.ip}/28`],
    ],
  );
  assert.deepEqual(
    [links[1]?.address, links[2]?.address],
    nics.map(({ mac }) => mac),
  );
  const routes = JSON.parse(await inside(path, 'ip', '-j', 'route', 'show', 'default')) as {
    gateway: string;
    dev: string;
  }[];
  assert.deepEqual(
    routes.map(({ gateway, dev }) => [gateway, dev]),
    [[GATEWAY, 'eth0']],
  );
});

it('reaches the machine and its neighbour', async () => {
  const net = await start();
  const [one, two] = [
    await net.acquire(randomUUID(), [nicAt(GATEWAY, 1)]),
    await net.acquire(randomUUID(), [nicAt(GATEWAY, 2)]),
  ];
  const server = createServer((socket) => socket.end('hello'));
  server.listen(0, GATEWAY);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  assert.equal(await inside(one.path, 'bash', '-c', `cat < /dev/tcp/${GATEWAY}/${port}`), 'hello');
  server.close();
  assert.match(
    await inside(one.path, 'busybox', 'ping', '-c', '1', '-W', '5', nicAt(GATEWAY, 2).ip),
    /1 packets received/,
  );
  assert.notEqual(one.path, two.path);
});

it('without nics there is only lo', async () => {
  const net = await start();
  const { path } = await net.acquire(randomUUID(), []);
  assert.deepEqual(
    (JSON.parse(await inside(path, 'ip', '-j', 'link')) as { ifname: string; flags: string[] }[]).map(
      ({ ifname, flags }) => [ifname, flags.includes('UP')],
    ),
    [['lo', true]],
  );
});

it('release takes everything of it away, for unknown VMs nothing', async () => {
  const net = await start();
  const [vm, other] = [randomUUID(), randomUUID()];
  await net.acquire(vm, [nicAt(GATEWAY, 1), nicAt(GATEWAY, 2)]);
  const kept = await net.acquire(other, [nicAt(GATEWAY, 3)]);
  await net.release(vm);
  await net.release(vm);
  await net.release(randomUUID());
  await waitUntil('it is gone', async () => (await onMachine()).netns.length === 1);
  const left = await onMachine();
  assert.deepEqual(left.netns, [basename(kept.path)]);
  assert.deepEqual(left.claims, [other]);
  assert.equal(left.links.length, 1);
});

it('a VM that acquires again has only the new one', async () => {
  const net = await start();
  const vm = randomUUID();
  const first = await net.acquire(vm, [nicAt(GATEWAY, 1)]);
  const second = await net.acquire(vm, [nicAt(GATEWAY, 1)]);
  assert.notEqual(first.path, second.path);
  await waitUntil('the first is gone', async () => (await onMachine()).netns.length === 1);
  assert.deepEqual((await onMachine()).netns, [basename(second.path)]);
});

it('what cannot be made leaves nothing: a nic that is none, a MAC that the kernel refuses, a path for a uuid', async () => {
  const net = await start();
  const vm = randomUUID();
  await assert.rejects(net.acquire(vm, [{ ...nicAt(GATEWAY, 1), mac: 'x' }]), RangeError);
  // a multicast MAC: ip refuses it when the namespace is there already
  await assert.rejects(net.acquire(vm, [{ ...nicAt(GATEWAY, 1), mac: '01:00:5e:00:00:01' }]), /ip: /);
  await assert.rejects(net.acquire('../../etc', [nicAt(GATEWAY, 1)]), RangeError);
  await waitUntil('nothing is left', async () => {
    const { netns, links, claims } = await onMachine();
    return netns.length + links.length + claims.length === 0;
  });
  await net.acquire(vm, [nicAt(GATEWAY, 1)]);
});

it('the pool: claimed ones come out of it, close takes the rest', async () => {
  const net = await start(2);
  await waitUntil('two wired and one bare are ready', async () => (await onMachine()).netns.length === 3);
  const before = (await onMachine()).netns;
  const { path } = await net.acquire(randomUUID(), [nicAt(GATEWAY, 1)]);
  assert.ok(before.includes(basename(path)), 'it was made before it was asked for');
  assert.match(await inside(path, 'ip', 'addr'), new RegExp(`${nicAt(GATEWAY, 1).ip}/28`));
  await waitUntil('the pool is full again', async () => (await onMachine()).netns.length === 4);
  await net.close();
  assert.deepEqual((await onMachine()).netns, [basename(path)]);
});

it('a VM with names: its own pool, on the wire of its network, and 127.0.0.11 leads to where it was told', async () => {
  const net = await start(1);
  const [to, vms] = [{ ip: GATEWAY, port: 5311 }, [randomUUID(), randomUUID()]];
  const [first] = [await net.acquire(vms[0]!, [nicAt(GATEWAY, 1)], async () => to)];
  assert.match(await inside(first.path, 'nft', 'list', 'ruleset'), new RegExp(`dnat to ${GATEWAY}:5311`));
  await waitUntil(
    'a wired, a bare and one for names are ready',
    async () => (await onMachine()).netns.length === 4,
  );
  const before = (await onMachine()).netns;
  const second = await net.acquire(vms[1]!, [nicAt(GATEWAY, 2), nicAt(GATEWAY, 3)], async () => to);
  assert.ok(before.includes(basename(second.path)), 'it was made before it was asked for');
  assert.match(await inside(second.path, 'nft', 'list', 'ruleset'), new RegExp(`dnat to ${GATEWAY}:5311`));
  assert.match(
    await inside(second.path, 'busybox', 'ping', '-c', '1', '-W', '5', nicAt(GATEWAY, 1).ip),
    /1 packets received/,
  );
  // Somebody has a place already: a new one takes it.
  await net.redirectNames(vms[1]!, { ip: GATEWAY, port: 5312 });
  const rules = await inside(second.path, 'nft', 'list', 'ruleset');
  assert.match(rules, /:5312/);
  assert.doesNotMatch(rules, /:5311/);
});

it('many at once, each its own', async () => {
  const net = await start(2);
  const paths = await Promise.all(
    Array.from({ length: 8 }, (_unused, i) => net.acquire(randomUUID(), [nicAt(GATEWAY, i + 1)])),
  );
  assert.equal(new Set(paths.map(({ path }) => path)).size, 8);
  const ips = await Promise.all(
    paths.map(({ path }) => inside(path, 'ip', '-o', '-4', 'addr', 'show', 'eth0')),
  );
  for (const [i, text] of ips.entries()) assert.ok(text.includes(`${nicAt(GATEWAY, i + 1).ip}/`));
});

it('starting again changes nothing: same bridge, same MAC, rules once', async () => {
  await start();
  const facts = async () =>
    (await import('node:fs/promises')).readFile(`/sys/class/net/${BRIDGE}/address`, 'utf8');
  const mac = await facts();
  await start();
  assert.equal(await facts(), mac);
  assert.deepEqual((({ table, bridge }) => ({ table, bridge }))(await onMachine()), {
    table: true,
    bridge: true,
  });
});

/** A program of its own that holds a namespace per VM. */
async function holder(uuids: string[]): Promise<{ child: ChildProcess; paths: string[] }> {
  const child = spawn(
    process.execPath,
    [`${import.meta.dirname}/holder.ts`, BRIDGE, SUBNET, GATEWAY, ...uuids],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { child, paths: JSON.parse(line) };
}
async function kill9(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

it('kill -9: the living keep theirs and their connections, all else is removed by the next start', async () => {
  const [lives, dies] = [randomUUID(), randomUUID()];
  const { child, paths } = await holder([lives, dies]);
  await waitUntil('its pool is full, too', async () => (await onMachine()).netns.length >= 4);
  await kill9(child);
  const before = await onMachine();
  assert.deepEqual(before.claims, [lives, dies].sort());

  const net = await start();
  await net.recover([lives]);
  const after = await onMachine();
  assert.deepEqual(after.netns, [basename(paths[0]!)]);
  assert.deepEqual(after.claims, [lives]);
  assert.equal(after.links.length, 1);
  assert.match(
    await inside(paths[0]!, 'busybox', 'ping', '-c', '1', '-W', '5', GATEWAY),
    /1 packets received/,
  );
  await net.release(lives);
  await waitUntil(
    'that one can be released as if it were our own',
    async () => (await onMachine()).netns.length === 0,
  );
});

it('recover leaves alone what this process has made meanwhile', async () => {
  const net = await start(2);
  const vm = randomUUID();
  const { path } = await net.acquire(vm, [nicAt(GATEWAY, 1)]);
  await net.recover([]);
  assert.ok((await onMachine()).netns.includes(basename(path)));
  assert.match(await inside(path, 'ip', 'addr'), /203\.0\.113\./);
});

it('kill -9 again and again, at any moment, leaks nothing', async () => {
  for (const [round, delayFrames] of [0, 1, 3, 10, 30].entries()) {
    const uuids = Array.from({ length: 4 }, () => randomUUID());
    const child = spawn(
      process.execPath,
      [`${import.meta.dirname}/holder.ts`, BRIDGE, SUBNET, GATEWAY, ...uuids],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    children.push(child);
    await waitUntil(`round ${round}: it has begun`, async () => (await onMachine()).netns.length > 0);
    for (let i = 0; i < delayFrames; i++) await new Promise(setImmediate);
    await kill9(child);
    const net = await start();
    // the `ip` that was at work when its master died may finish one more command
    await waitUntil(`round ${round}: nothing is left`, async () => {
      await net.recover([]);
      const { netns, links, claims } = await onMachine();
      return netns.length + links.length + claims.length === 0;
    });
    await net.close();
  }
});

it('bad options', async () => {
  const good = { bridge: BRIDGE, subnet: SUBNET, gateway: GATEWAY, mtu: 1500, poolSize: 0, log };
  for (const over of [{ bridge: 'Toolong0123' }, { subnet: 'x' }, { gateway: '1.2.3' }])
    await assert.rejects(createContainerNet({ ...good, ...over }), RangeError);
  assert.deepEqual(await onMachine(), NOTHING);
});
