// Bench scenarios of two hundred API calls at once, without the CLI: two hundred of its processes would be all that is measured.
import { Agent, request } from 'node:http';
import type { Scenario, Side } from './scenarios.ts';

const MANY = 200;
const API = '/v1.41';

/** `ok` runs the CLI and throws unless it exits 0. */
export function parallel(ok: (side: Side, ...args: string[]) => Promise<string>): Scenario[] {
  const ids: Record<string, string> = {};
  const made: Record<string, string[]> = {};
  return [
    {
      name: '200 execs at once',
      bar: null,
      rounds: 4,
      prepare: async (side) => {
        ids[side.name] = await ok(side, 'run', '-d', 'busybox', 'sleep', '100000');
      },
      run: (side) => atOnce((call) => execTrue(call, ids[side.name]!), side),
      cleanUp: async (side) => void (await ok(side, 'rm', '-f', ids[side.name]!)),
    },
    {
      name: '200 creates at once',
      bar: 0.6,
      rounds: 4,
      run: async (side) => {
        made[side.name] = [];
        await atOnce(async (call) => void made[side.name]!.push(await create(call)), side);
      },
      after: (side) => removeAll(side, made[side.name]!),
    },
    {
      name: '200 rms at once',
      bar: 0.6,
      rounds: 4,
      before: async (side) => {
        made[side.name] = [];
        await atOnce(async (call) => void made[side.name]!.push(await create(call)), side);
        return '';
      },
      run: (side) => removeAll(side, made[side.name]!),
    },
  ];
}

export type Call = (method: string, path: string, body?: object) => Promise<string>;

async function create(call: Call): Promise<string> {
  const body = { Image: 'busybox', Cmd: ['true'] };
  return (JSON.parse(await call('POST', '/containers/create', body)) as { Id: string }).Id;
}

async function execTrue(call: Call, container: string): Promise<void> {
  const asked = { Cmd: ['true'], AttachStdout: true, AttachStderr: true };
  const { Id } = JSON.parse(await call('POST', `/containers/${container}/exec`, asked)) as { Id: string };
  await call('POST', `/exec/${Id}/start`, { Detach: false });
  const { ExitCode } = JSON.parse(await call('GET', `/exec/${Id}/json`)) as { ExitCode: number };
  if (ExitCode !== 0) throw new Error(`an exec exited ${ExitCode}`);
}

async function removeAll(side: Side, ids: string[]): Promise<void> {
  const left = [...ids];
  await atOnce(async (call) => void (await call('DELETE', `/containers/${left.pop()}`)), side);
}

async function atOnce(one: (call: Call) => Promise<void>, side: Side): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: MANY });
  const call = caller(side.host.replace('unix://', ''), agent);
  try {
    await Promise.all(Array.from({ length: MANY }, () => one(call)));
  } finally {
    agent.destroy();
  }
}

/** Sends one request to a daemon; throws its answer unless it is a success. */
export function caller(socketPath: string, agent: Agent): Call {
  return (method, path, body) =>
    new Promise((done, fail) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const req = request({ socketPath, agent, method, path: API + path, headers }, (res) => {
        let answer = '';
        res.setEncoding('latin1').on('data', (piece: string) => (answer += piece));
        res.on('error', fail);
        res.on('end', () => {
          if ((res.statusCode ?? 0) < 400) done(answer);
          else fail(new Error(`${method} ${path}: ${res.statusCode} ${answer}`));
        });
      });
      req.on('error', fail);
      req.end(text);
    });
}
