// lib/coal/cnapi: the server object, the filters of GET /servers, the sysinfo that is kept, and the wrapping of errors.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wrapAgentError } from '#lib/coal/cnapi/agent-error.ts';
import { selectServers } from '#lib/coal/cnapi/list-servers.ts';
import { createSysinfoCache } from '#lib/coal/cnapi/sysinfo-cache.ts';
import { unwrapAgentError } from '#lib/triton/cnapi.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { vmRecord } from '../../cn-agent/vm-record.ts';

const UUID = '44454c4c-4800-1034-804a-b2c04f354d31';
const OTHER = '99999999-0000-4000-8000-000000000002';
const SYSINFO = {
  UUID,
  Hostname: 'laptop',
  'System Type': 'Linux',
  'Live Image': '6.12.0',
  'Boot Time': '1795476224',
  'MiB of Memory': '16000',
  'Memory Total Bytes': 16_777_216_000,
};
const VM = vmRecord('d0cca100-0000-4000-8000-000000000005');
const select = (query: Record<string, string>) => selectServers(SYSINFO, () => [VM], query);

describe('selectServers', () => {
  it('describes the machine without its extras', () => {
    const [server] = select({});
    assert.equal(server?.uuid, UUID);
    assert.equal(server?.hostname, 'laptop');
    assert.equal(server?.status, 'running');
    assert.equal(server?.ram, 16_000);
    assert.equal(server?.last_boot, '2026-11-23T23:23:44.000Z');
    for (const extra of ['sysinfo', 'vms', 'agents', 'memory_total_bytes'])
      assert.ok(!(extra in server!), extra);
  });

  it('adds the extras that are asked for', () => {
    assert.equal(select({ extras: 'sysinfo' })[0]?.sysinfo, SYSINFO);
    const [all] = select({ extras: 'all' });
    assert.equal(all?.sysinfo, SYSINFO);
    assert.equal(all?.memory_total_bytes, 16_777_216_000);
    assert.deepEqual(Object.keys(all?.vms as object), [VM.uuid]);
  });

  const cases: [Record<string, string>, number][] = [
    [{ setup: 'true', extras: 'sysinfo' }, 1],
    [{ setup: 'false' }, 0],
    [{ uuids: `${OTHER},${UUID}` }, 1],
    [{ uuids: OTHER }, 0],
    [{ headnode: 'true', reserved: 'false', reservoir: 'false' }, 1],
    [{ hostname: 'laptop' }, 1],
    [{ hostname: 'other' }, 0],
    [{ limit: '1' }, 1],
    [{ offset: '1' }, 0],
  ];
  for (const [query, count] of cases) {
    it(`${JSON.stringify(query)} finds ${count}`, () => assert.equal(select(query).length, count));
  }

  it('gives only the fields asked for', () =>
    assert.deepEqual(select({ fields: 'uuid,status,nosuch' }), [{ uuid: UUID, status: 'running' }]));

  const wrong: Record<string, string>[] = [{ setup: 'x' }, { limit: '0' }, { uuids: 'x' }, { extras: 'x' }];
  for (const query of wrong) {
    it(`refuses ${JSON.stringify(query)}`, () =>
      assert.throws(() => select(query), {
        restCode: 'ValidationFailed',
        statusCode: 409,
      }));
  }
});

describe('createSysinfoCache', () => {
  it('asks once, and again when the answer is old', async () => {
    let asked = 0;
    let now = 0;
    const cache = createSysinfoCache(
      async () => ({ asked: ++asked }),
      () => now,
    );
    assert.deepEqual(await Promise.all([cache(), cache()]), [{ asked: 1 }, { asked: 1 }]);
    now = 11 * 60_000;
    assert.deepEqual(await cache(), { asked: 2 });
  });

  it('keeps no failure', async () => {
    let asked = 0;
    const cache = createSysinfoCache(async () => {
      if (++asked === 1) throw new Error('not yet');
      return { asked };
    });
    await assert.rejects(cache(), /not yet/);
    assert.deepEqual(await cache(), { asked: 2 });
  });
});

describe('wrapAgentError', () => {
  it('says it as CNAPI does', () => {
    const err = wrapAgentError(
      'docker_exec',
      new TritonError('VmNotRunning', 409, 'VM is not running, cannot exec'),
    );
    assert.ok(err instanceof TritonError);
    assert.deepEqual(err.body(), {
      code: 'InternalError',
      message:
        'posting task to cn-agent: {"error":"docker_exec: VM is not running, cannot exec","details":{"restCode":"VmNotRunning","statusCode":409}}',
    });
  });

  for (const message of ['no such user: "x"\nnext line', 'docker_exec: twice', '{"a":1}']) {
    it(`the client undoes ${JSON.stringify(message)}`, () => {
      const err = unwrapAgentError(wrapAgentError('docker_exec_resize', new TritonError('X', 418, message)));
      assert.ok(err instanceof TritonError);
      assert.deepEqual([err.restCode, err.statusCode, err.ownMessage], ['X', 418, message]);
    });
  }

  it('leaves a fault of the program alone', () => {
    const fault = new TypeError('x is undefined');
    assert.equal(wrapAgentError('docker_exec', fault), fault);
  });
});
