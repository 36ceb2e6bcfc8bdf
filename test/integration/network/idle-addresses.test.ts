// Two containers that start at one moment and want the same address: one has it, the other is told so, and none runs without.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { suite } from '#test/harness/suite.ts';

const ADDRESS = '198.19.233.7';
const ROUNDS = 12;

describe('the address of a container that does not run', () => {
  const s = suite('idleaddr');
  const ok = (...args: string[]) => s.stack.ok(args);
  const isUp = (name: string) => ok('inspect', '-f', '{{.State.Running}}', name);
  const addressOf = async (name: string) => (await ok('exec', name, 'ip', '-o', '-4', 'addr')).split('\n');

  it('goes to one of two that start at once', async () => {
    await ok('network', 'create', '--subnet', '198.19.233.0/24', 'wanted');
    for (const name of ['one', 'two'])
      await ok(
        ...['create', '--name', name, '--network', 'wanted', '--ip', ADDRESS],
        'busybox',
        'sleep',
        '99',
      );
    const won = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      // Who comes first is left to chance, a little.
      const order = round % 2 === 0 ? ['one', 'two'] : ['two', 'one'];
      const verb = round % 4 < 2 ? 'start' : 'restart?t=0';
      const answers = await Promise.all(
        order.map(async (name) => ({ name, ...(await post(`/containers/${name}/${verb}`)) })),
      );
      for (const { name, status, body } of answers) {
        assert.equal(await isUp(name), String(status === 204), `${name}: ${status} ${body}`);
        if (status === 204) won.add(name);
        if (status === 204)
          assert.ok(
            (await addressOf(name)).some((line) => line.includes(ADDRESS)),
            name,
          );
        else assert.match(body, /Address already in use/);
      }
      assert.equal(answers.filter(({ status }) => status === 204).length, 1, JSON.stringify(answers));
      await ok('kill', ...answers.filter(({ status }) => status === 204).map(({ name }) => name));
    }
    assert.ok(won.size > 0);
    await ok('rm', 'one', 'two');
  });

  it('is no longer its own when a neighbour runs on it, and it starts with another unless it asked for this one', async () => {
    await ok('create', '--name', 'any', '--network', 'wanted', 'busybox', 'sleep', '99');
    const held = await ok('inspect', '-f', '{{.NetworkSettings.Networks.wanted.IPAddress}}', 'any');
    await ok('start', 'any');
    const first = await ok('inspect', '-f', '{{.NetworkSettings.Networks.wanted.IPAddress}}', 'any');
    await ok('kill', 'any');
    await ok('create', '--name', 'asks', '--network', 'wanted', '--ip', first, 'busybox', 'sleep', '99');
    const both = await Promise.all(['any', 'asks'].map((name) => post(`/containers/${name}/start`)));
    assert.equal(both[0]!.status, 204, `${held}: ${both[0]!.body}`);
    for (const [at, name] of ['any', 'asks'].entries()) {
      if (both[at]!.status === 204) assert.ok((await addressOf(name)).some((line) => line.includes('eth0')));
      else assert.match(both[at]!.body, /Address already in use/);
    }
    await ok('rm', '-f', 'any', 'asks');
    await ok('network', 'rm', 'wanted');
  });

  function post(path: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const req = request({ socketPath: s.stack.socketPath, path, method: 'POST' }, async (res) => {
        let body = '';
        for await (const chunk of res.setEncoding('utf8')) body += chunk;
        resolve({ status: res.statusCode ?? 0, body });
      });
      req.once('error', reject).end();
    });
  }
});
