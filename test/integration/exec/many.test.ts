// Many short execs of one container at the same moment: a shim that is asked for all of them at once takes minutes.
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, describe, it } from 'node:test';
import { suite } from '#test/harness/suite.ts';

const MANY = 80;
const LIMIT_MS = 60_000;

describe('docker exec, many at once', () => {
  const s = suite('many-execs');
  const agent = new Agent({ keepAlive: true, maxSockets: MANY });
  after(() => agent.destroy());

  function call(method: string, path: string, body?: object): Promise<string> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return new Promise((done, fail) => {
      const options = { socketPath: s.stack.socketPath, agent, method, path: `/v1.41${path}`, headers };
      const req = request(options, (res) => {
        let answer = '';
        res.setEncoding('latin1').on('data', (piece: string) => (answer += piece));
        res.on('end', () => done(answer));
        res.on('error', fail);
      });
      req.on('error', fail);
      req.end(text);
    });
  }

  it('ends every one of them soon, with its output and its code', async () => {
    const id = await s.stack.ok(['run', '-d', 'busybox', 'sleep', '10000']);
    const one = async (at: number): Promise<[string, unknown]> => {
      const asked = { Cmd: ['sh', '-c', `echo ${at}; exit ${at}`], AttachStdout: true, AttachStderr: true };
      const { Id } = JSON.parse(await call('POST', `/containers/${id}/exec`, asked)) as { Id: string };
      // Behind the header of its frame.
      const output = (await call('POST', `/exec/${Id}/start`, { Detach: false })).slice(8);
      const { ExitCode } = JSON.parse(await call('GET', `/exec/${Id}/json`)) as { ExitCode: number };
      return [output, ExitCode];
    };
    const started = performance.now();
    const ended = await Promise.all(Array.from({ length: MANY }, (_, at) => one(at)));
    assert.deepEqual(
      ended,
      Array.from({ length: MANY }, (_, at) => [`${at}\n`, at]),
    );
    const took = performance.now() - started;
    assert.ok(took < LIMIT_MS, `${took} ms`);
  });
});
