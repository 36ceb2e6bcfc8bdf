// Publishing under another port, where compute nodes forward and where they do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CnapiClient } from '#lib/triton/types.ts';
import type { Server } from '#lib/wire/types.ts';
import { firstRemap, requireForwarding } from '#src/containers/create/require-forwarding.ts';

const bound = (HostPort: string, HostIp = '') => ({ '80/tcp': [{ HostIp, HostPort }] });

const CASES: [string, Parameters<typeof firstRemap>[0], string | null][] = [
  ['nothing', {}, null],
  ['the same port', bound('80'), null],
  ['the same port, all addresses said', bound('80', '0.0.0.0'), null],
  ['any port', bound(''), null],
  ['a range with it', bound('79-81'), null],
  ['another port', bound('8080'), '8080'],
  ['one address', bound('80', '127.0.0.1'), '127.0.0.1:80'],
  ['a list of none', { '80/tcp': null }, null],
];
for (const [what, bindings, wanted] of CASES) {
  test(`remapping: ${what}`, () => assert.equal(firstRemap(bindings)?.wanted ?? null, wanted));
}

const datacenter = (...words: string[][]): Pick<CnapiClient, 'listServers' | 'capabilities'> => ({
  listServers: async () => words.map((_each, at) => ({ uuid: String(at) }) as Server),
  capabilities: async (uuid) => new Set(words[Number(uuid)]),
});
const ask = (bindings: object, ...words: string[][]) =>
  requireForwarding(
    datacenter(...words),
    { NetworkMode: 'bridge', PortBindings: bindings as Parameters<typeof firstRemap>[0] },
    { reqId: 'r' },
  );

test('a datacenter without forwarding refuses, and says what works', async () => {
  await assert.rejects(ask(bound('8080'), []), /cannot publish port 80\/tcp as 8080: .*-p 80:80/);
  await assert.rejects(ask(bound('8080'), ['port_forwarding'], []), /cannot publish/);
  await assert.rejects(ask(bound('8080')), /cannot publish/);
  await ask(bound('80'), []);
  await ask(bound('8080'), ['port_forwarding']);
});
