// A kept ip: batches in order, failures in ip's own words, and nobody pays for the failure of the one before.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { afterEach, it } from 'node:test';
import { IpSession } from '#lib/net/ip-session.ts';
import { run } from '#test/harness/stack.ts';
import { BRIDGE } from './own-net.ts';

const ip = new IpSession();
const links = async (): Promise<string[]> =>
  (await readdir('/sys/class/net')).filter((name) => name.startsWith(`${BRIDGE}x`)).sort();
afterEach(async () => {
  await ip.close();
  for (const name of await links()) await run('ip', ['link', 'del', name]);
});

it('what was asked is there when it resolves, however many ask at once', async () => {
  const names = Array.from({ length: 66 }, (_unused, i) => `${BRIDGE}x${i}`);
  const done = names.map(async (name) => {
    await ip.run(`link add ${name} type bridge\n`);
    assert.ok((await links()).includes(name));
  });
  await Promise.all(done);
  await ip.run(names.map((name) => `link del ${name}\n`).join(''));
  assert.deepEqual(await links(), []);
});

it('a failure is told, what stands behind it is not done, and the next batch is', async () => {
  const [a, b] = [`${BRIDGE}xa`, `${BRIDGE}xb`];
  const failing = ip.run(`link add ${a} type bridge\nlink del ${BRIDGE}xc\nlink add ${b} type bridge\n`);
  const next = ip.run(`link del ${a}\n`);
  await assert.rejects(failing, /^Error: ip: Cannot find device/);
  await next;
  assert.deepEqual(await links(), []);
});

it('a name that comes again is the new link after forget', async () => {
  const name = `${BRIDGE}xd`;
  await ip.run(`link add ${name} type bridge\nlink set ${name} up\n`);
  await run('ip', ['link', 'del', name]);
  await run('ip', ['link', 'add', name, 'type', 'bridge']);
  ip.forget();
  await ip.run(`link set ${name} mtu 1400\n`);
  assert.match((await run('ip', ['link', 'show', name])).stdout, /mtu 1400/);
});
