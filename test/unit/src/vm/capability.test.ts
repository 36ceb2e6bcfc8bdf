// What every server can do, for what is to be made on whichever the datacenter chooses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Server } from '#lib/wire/types.ts';
import { commonCapabilities } from '#src/vm/capability.ts';

const CASES: [what: string, servers: string[][], common: string[]][] = [
  ['no server can do nothing', [], []],
  ['one', [['a', 'b']], ['a', 'b']],
  [
    'what all can',
    [
      ['a', 'b'],
      ['b', 'c'],
      ['b', 'a'],
    ],
    ['b'],
  ],
  ['a real one among them', [['a'], []], []],
];
for (const [what, servers, common] of CASES) {
  test(what, async () => {
    const cnapi = {
      listServers: async () => servers.map((_words, at) => ({ uuid: String(at) }) as Server),
      capabilities: async (uuid: string) => new Set(servers[Number(uuid)]),
    };
    assert.deepEqual([...(await commonCapabilities(cnapi, { reqId: 'test' }))], common);
  });
}
