// kill -9 while networks are made, joined and left: record, addresses and wires agree afterwards, and nothing stays behind.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStore } from '#lib/store/sqlite-store.ts';
import type { Nic } from '#lib/wire/types.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';
import { findOrphans } from '#tools/check/orphans.ts';

const ROUNDS = 3;

describe('networks and kill -9', () => {
  const s = suite('netcrash');
  const ok = (...args: string[]) => s.stack.ok(args);
  const bridges = async () =>
    (await readdir('/sys/class/net')).filter((name) => name.startsWith(`${s.stack.bridge}f`));

  it('a change of networks that is cut off is done or undone as a whole', async () => {
    await ok('network', 'create', '--ipv6', 'n1');
    await ok('network', 'create', '--ipv6', 'n2');
    await ok('run', '-d', '--name', 'cc', '--network', 'n1', 'busybox', 'sleep', '1000');
    for (let round = 0; round < ROUNDS; round++) {
      let going = true;
      const changes = (async () => {
        while (going) {
          await s.stack.docker(['network', 'connect', 'n2', 'cc']);
          await s.stack.docker(['network', 'disconnect', 'n2', 'cc']);
        }
      })();
      // Not a wait for something: each round hits another moment.
      await new Promise((done) => setTimeout(done, 150 + round * 130));
      await s.stack.kill9('coal');
      await s.stack.start('coal');
      going = false;
      await changes;
      await agree(round);
    }
    await ok('rm', '-f', 'cc');
    await ok('network', 'rm', 'n1', 'n2');
    assert.deepEqual(await bridges(), []);
    await nothingLeft();
  });

  it('a network whose making or removal was cut off with the daemon is gone when it is back', async () => {
    await ok('network', 'create', '--ipv6', 'half');
    await ok('network', 'create', 'whole');
    await ok('run', '--rm', '--network', 'half', 'busybox', 'true');
    await s.stack.kill9('daemon');
    const store = openStore(join(s.stack.dir, 'state/daemon/daemon.db'));
    for (const record of store.networks.all())
      if (record.name === 'half') store.networks.put({ ...record, state: 'making' });
    store.close();
    await s.stack.start('daemon');
    const list = () => ok('network', 'ls', '--filter', 'type=custom', '--format', '{{.Name}}');
    assert.equal(await list(), 'whole');
    await waitUntil('its bridge is gone', async () => (await bridges()).length === 0);
    const again = async () => (await s.stack.docker(['network', 'create', 'half'])).code === 0;
    await waitUntil('its name is free', again);
    await ok('network', 'rm', 'half', 'whole');
    assert.equal(await list(), '');
    await nothingLeft();
  });

  let orphans: string[] = [];
  const nothingLeft = () =>
    waitUntil('nothing is left behind', async () => {
      orphans = await findOrphans(join(s.stack.dir, 'config.json'));
      return orphans.length === 0;
    }).catch((err: Error) => assert.fail(`${err.message}: ${orphans.join('; ')}`));

  /** What inspect shows, what is inside, and what NAPI has given out. */
  async function agree(round: number): Promise<void> {
    const template = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
    const shown = (await ok('inspect', '-f', template, 'cc')).trim().split(' ').sort();
    const inside = (await ok('exec', 'cc', 'ip', '-o', '-4', 'addr')).matchAll(/eth\d+\s+inet (\S+)\//g);
    assert.deepEqual([...inside].map(([, ip]) => ip).sort(), shown, `round ${round}`);
    assert.deepEqual(await heldAddresses(), shown, `round ${round}`);
  }

  async function heldAddresses(): Promise<string[]> {
    const nics = await napi<Nic[]>('/nics');
    return nics.map(({ ip }) => ip).sort();
  }

  function napi<T>(path: string): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const socketPath = join(s.stack.dir, 'run/coal/napi.sock');
    const req = request({ socketPath, path }, async (res) => {
      const pieces: Buffer[] = [];
      for await (const piece of res) pieces.push(piece as Buffer);
      resolve(JSON.parse(Buffer.concat(pieces).toString()) as T);
    });
    req.on('error', reject).end();
    return promise;
  }
});
