// CoaL's CNAPI over its socket, by the client that the daemon uses and by plain requests; the agent is a stand-in.
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { createCnapi } from '#lib/coal/cnapi/cnapi.ts';
import { TaskRunner } from '#lib/coal/cnapi/task-runner.ts';
import { createCnapiClient } from '#lib/triton/cnapi.ts';
import { completeVm } from '#lib/wire/complete-vm.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { CALL, log, type Served, serveOne } from './serve-one.ts';
import { type Act, SERVER, standInAgent } from './stand-in-agent.ts';

const VM = 'd0cca100-0000-4000-8000-000000000005';
const NONE = '99999999-0000-4000-8000-000000000002';
const EXEC = 'e'.repeat(64);
const COMMAND = { Cmd: ['true'], Container: 'c' };

let act: Act;
const asked: unknown[] = [];
const agent = standInAgent(
  (task, params) => {
    asked.push([task, params]);
    return act(task, params);
  },
  [completeVm({ uuid: VM, alias: 'bb1', state: 'running' })],
);
const tasks = new TaskRunner(agent);
let served: Served;
let client: ReturnType<typeof createCnapiClient>;
before(async () => {
  served = await serveOne(() => createCnapi({ tasks, log }));
  client = createCnapiClient(served.at);
});
beforeEach(() => {
  asked.length = 0;
});
after(async () => {
  client.close();
  await served.close();
});

it('the client sees the one server; its sysinfo is found out once', async () => {
  const [server, ...others] = await client.listServers(CALL);
  assert.equal(others.length, 0);
  assert.equal(server?.uuid, SERVER);
  assert.equal(server?.sysinfo.Hostname, 'laptop');
  assert.deepEqual((await client.getServer(SERVER, CALL)).vms !== undefined, true);
  assert.equal(agent.sysinfoCalls, 1);
});

it('docker-exec, its state and its size reach the agent', async () => {
  act = (task) =>
    task === 'docker_exec'
      ? { host: '127.0.0.1', port: 0, framing: 'mux1' }
      : { ExecId: EXEC, Running: true };
  const endpoint = await client.dockerExec(SERVER, VM, COMMAND, CALL);
  assert.equal(endpoint.framing, 'mux1');
  assert.equal((await client.dockerExecState(SERVER, VM, EXEC, CALL)).Running, true);
  await client.dockerResize(SERVER, VM, null, { w: 80, h: 24 }, CALL);
  assert.deepEqual(asked, [
    ['docker_exec', { uuid: VM, command: COMMAND }],
    ['docker_exec_state', { uuid: VM, ExecId: EXEC }],
    ['docker_exec_resize', { uuid: VM, ExecId: null, w: 80, h: 24 }],
  ]);
});

it('docker-stats, docker-top and docker-sizes reach the agent', async () => {
  const results: Record<string, unknown> = {
    docker_stats: { host: '', port: 0, framing: 'raw1', path: '/s', token: 't' },
    docker_top: { Titles: ['PID'], Processes: null },
    docker_sizes: { sizes: { [VM]: 7 } },
  };
  act = (task) => results[task];
  const stats = await client.dockerStats(SERVER, VM, { clientApiVersion: 1.41, doStream: true }, CALL);
  assert.equal(stats.token, 't');
  assert.deepEqual(await client.dockerTop(SERVER, VM, '-o pid', CALL), results.docker_top);
  assert.deepEqual(await client.dockerSizes(SERVER, [VM], CALL), { [VM]: 7 });
  assert.deepEqual(asked, [
    ['docker_stats', { uuid: VM, clientApiVersion: 1.41, doStream: true, StdioFraming: 'raw1' }],
    ['docker_top', { uuid: VM, psArgs: '-o pid' }],
    ['docker_sizes', { uuids: [VM] }],
  ]);
  const elsewhere = await served.ask('POST', `/servers/${NONE}/docker-sizes`, { uuids: [] });
  assert.equal(elsewhere.status, 404);
  const noUuid = await served.ask('POST', `/servers/${SERVER}/docker-sizes`, { uuids: ['x'] });
  assert.deepEqual([noUuid.status, noUuid.body.errors[0].field], [409, 'uuids']);
});

it('what ps said comes through as it is', async () => {
  act = () => {
    throw new TritonError('PsFailed', 500, 'ps: error: unsupported option');
  };
  await assert.rejects(client.dockerTop(SERVER, VM, '--nosuch', CALL), {
    restCode: 'PsFailed',
    ownMessage: 'ps: error: unsupported option',
  });
});

it('what the agent refuses comes as CNAPI says it, and the client takes it apart', async () => {
  act = () => {
    throw new TritonError('VmNotRunning', 409, 'VM is not running, cannot exec');
  };
  const path = `/servers/${SERVER}/vms/${VM}/docker-exec`;
  const { status, body } = await served.ask('POST', path, { command: COMMAND });
  assert.equal(status, 500);
  assert.equal(body.code, 'InternalError');
  assert.match(
    body.message,
    /^posting task to cn-agent: \{"error":"docker_exec: VM is not running, cannot exec"/,
  );
  await assert.rejects(client.dockerExec(SERVER, VM, COMMAND, CALL), {
    restCode: 'VmNotRunning',
    statusCode: 409,
    ownMessage: 'VM is not running, cannot exec',
  });
});

it('a fault of the program tells nothing', async () => {
  act = () => {
    throw new TypeError('secret');
  };
  const { status, body } = await served.ask('POST', `/servers/${SERVER}/vms/${VM}/docker-exec`, {
    command: COMMAND,
  });
  assert.equal(status, 500);
  assert.doesNotMatch(JSON.stringify(body), /secret/);
});

it('a VM is loaded, and its processes listed', async () => {
  act = () => [{ psinfo: { pr_pid: 1 } }];
  assert.equal((await served.ask('GET', `/servers/${SERVER}/vms/${VM}`)).body.alias, 'bb1');
  const procs = await served.ask('GET', `/servers/${SERVER}/vms/${VM}/proc`);
  assert.deepEqual(procs.body, [{ psinfo: { pr_pid: 1 } }]);
  act = () => {
    throw new TritonError('VmNotFound', 404, 'gone');
  };
  const gone = await served.ask('GET', `/servers/${SERVER}/vms/${NONE}/proc`);
  assert.deepEqual(gone.body, { code: 'ResourceNotFound', message: `VM ${NONE} not found` });
});

it('a task is shown and waited for', async () => {
  const end = Promise.withResolvers<unknown>();
  act = () => end.promise;
  const { id, result } = tasks.start('machine_boot', { uuid: VM }, { reqId: 'r', log });
  assert.equal((await client.getTask(id, CALL)).status, 'active');
  const waiting = served.ask('GET', `/tasks/${id}/wait?timeout=60`);
  end.resolve({});
  await result;
  assert.equal((await waiting).body.status, 'complete');
});

const missing: [string, string, string][] = [
  ['GET', `/servers/${NONE}`, `Server ${NONE} not found`],
  ['GET', `/servers/${NONE}/vms/${VM}`, `Server ${NONE} not found`],
  ['POST', `/servers/${NONE}/vms/${VM}/docker-exec`, `Server ${NONE} not found`],
  ['GET', `/servers/${SERVER}/vms/${NONE}`, `VM ${NONE} not found`],
  ['GET', `/tasks/${NONE}`, 'no such task found'],
  ['GET', `/tasks/${NONE}/wait`, 'no such task found'],
];
for (const [method, path, message] of missing) {
  it(`${method} ${path}: 404`, async () => {
    const { status, body } = await served.ask(method, path, method === 'POST' ? {} : undefined);
    assert.equal(status, 404);
    assert.deepEqual(body, { code: 'ResourceNotFound', message });
  });
}

const wrong: [string, object, string][] = [
  ['docker-exec', {}, 'command'],
  ['docker-exec', { command: [] }, 'command'],
  ['docker-exec', { command: { Cmd: 'ls' } }, 'command.Cmd'],
  ['docker-stats', {}, 'payload'],
  ['docker-stats', { payload: 1 }, 'payload'],
  ['docker-top', {}, 'psArgs'],
  ['docker-top', { psArgs: ['-ef'] }, 'psArgs'],
  ['docker-exec-state', {}, 'ExecId'],
  ['docker-exec-state', { ExecId: 7 }, 'ExecId'],
  ['docker-resize', { ExecId: 7, w: 1, h: 1 }, 'ExecId'],
  ['docker-resize', { h: 24 }, 'w'],
  ['docker-resize', { w: 80, h: -1 }, 'h'],
];
for (const [verb, sent, field] of wrong) {
  it(`${verb} ${JSON.stringify(sent)}: 409, field ${field}`, async () => {
    const { status, body } = await served.ask('POST', `/servers/${SERVER}/vms/${VM}/${verb}`, sent);
    assert.deepEqual([status, body.code, body.errors[0].field], [409, 'ValidationFailed', field]);
    assert.deepEqual(asked, []);
  });
}

it('answers a ping', async () => {
  const { headers, body } = await served.ask('GET', '/ping');
  assert.equal(headers.server, 'cnapi/1.26.6');
  assert.deepEqual(body, { ready: true, services: {} });
});
