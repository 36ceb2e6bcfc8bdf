// Exec: create, start, inspect, resize.
import { waitUntil } from '#test/harness/stack.ts';
import type { Driver } from '../driver.ts';
import { create, launch, remove, type Scenario, SLEEP } from './scenario.ts';

async function make(d: Driver, name: string, body: object): Promise<string> {
  const { body: made } = await d.api('POST', `/containers/${name}/exec`, body);
  return (made as { Id: string }).Id;
}

/** Attached start, then the inspect. */
async function attached(d: Driver, name: string, body: object, start: object = {}, input?: string) {
  const id = await make(d, name, { AttachStdout: true, AttachStderr: true, ...body });
  const answer = await d.stream('POST', `/exec/${id}/start`, { upgrade: true, body: start, input });
  return { answer, inspect: await ended(d, id) };
}

async function ended(d: Driver, id: string): Promise<unknown> {
  return waitUntil(`exec ${id} has ended`, async () => {
    const answer = await d.api('GET', `/exec/${id}/json`);
    return (answer.body as { Running: boolean }).Running ? null : answer;
  });
}

export const execScenarios: Scenario[] = [
  {
    name: 'ContainerExec refusals',
    async play(d) {
      await create(d, 'e1');
      const exec = (body: object) => d.api('POST', '/containers/e1/exec', body);
      const created = await exec({ Cmd: ['true'] });
      await d.api('POST', '/containers/e1/start');
      const out = {
        created,
        noCommand: await exec({}),
        emptyCommand: await exec({ Cmd: [] }),
        badKeys: await exec({ Cmd: ['true'], DetachKeys: 'nosuch-key' }),
        wrongType: await exec({ Cmd: 1 }),
        text: await d.text('POST', '/containers/e1/exec', 'x', 'application/json'),
        noBody: await d.api('POST', '/containers/e1/exec'),
      };
      const id = await make(d, 'e1', { Cmd: ['true'] });
      await d.api('POST', '/containers/e1/kill');
      await d.until('e1', 'exited');
      const stopped = await exec({ Cmd: ['true'] });
      const startStopped = await d.api('POST', `/exec/${id}/start`, {});
      const inspectStopped = await d.api('GET', `/exec/${id}/json`);
      await remove(d, 'e1');
      const inspectGone = await d.api('GET', `/exec/${id}/json`);
      return { ...out, stopped, startStopped, inspectStopped, inspectGone };
    },
  },
  {
    name: 'ExecStart attached: frames, exit codes, repeated inspect',
    async play(d) {
      await launch(d, 'e2');
      const id = await make(d, 'e2', { Cmd: ['sh', '-c', 'echo out; exit 7'], AttachStdout: true });
      const before = await d.api('GET', `/exec/${id}/json`);
      const start = await d.stream('POST', `/exec/${id}/start`, { upgrade: true, body: {} });
      const out = {
        before,
        start,
        after: await ended(d, id),
        afterAgain: await ended(d, id),
        again: await d.api('POST', `/exec/${id}/start`, {}),
        stderr: await attached(d, 'e2', { Cmd: ['sh', '-c', 'echo err >&2'] }),
        stdoutOnly: await attached(d, 'e2', {
          Cmd: ['sh', '-c', 'echo err >&2; echo out'],
          AttachStderr: false,
        }),
        tty: await attached(d, 'e2', { Cmd: ['sh', '-c', 'echo tty; test -t 1'], Tty: true }, { Tty: true }),
        stdin: await attached(d, 'e2', { Cmd: ['cat'], AttachStdin: true }, {}, 'one\ntwo\n'),
        killed: await attached(d, 'e2', { Cmd: ['sh', '-c', 'kill -9 $$'] }),
        options: await attached(d, 'e2', {
          Cmd: ['sh', '-c', 'echo $(id -un) $(pwd) $A'],
          User: 'daemon',
          WorkingDir: '/tmp',
          Env: ['A=b'],
          DetachKeys: 'ctrl-a,b',
        }),
      };
      await remove(d, 'e2');
      return out;
    },
  },
  {
    name: 'ExecStart without an upgrade, and detached',
    async play(d) {
      await launch(d, 'e3');
      const plainId = await make(d, 'e3', { Cmd: ['echo', 'out'], AttachStdout: true });
      const plain = await d.stream('POST', `/exec/${plainId}/start`, { body: {} });
      const id = await make(d, 'e3', { Cmd: ['sh', '-c', 'sleep 0.3; exit 5'] });
      const detached = await d.api('POST', `/exec/${id}/start`, { Detach: true });
      const running = await d.api('GET', `/exec/${id}/json`);
      const inspect = await ended(d, id);
      const missingId = await make(d, 'e3', { Cmd: ['nosuch'] });
      const missing = await d.api('POST', `/exec/${missingId}/start`, { Detach: true });
      const missingInspect = await d.api('GET', `/exec/${missingId}/json`);
      await remove(d, 'e3');
      return { plain, detached, running, inspect, missing, missingInspect };
    },
  },
  {
    name: 'exec: what cannot be run',
    async play(d) {
      await launch(d, 'e4');
      const out = {
        missing: await attached(d, 'e4', { Cmd: ['nosuch'] }),
        path: await attached(d, 'e4', { Cmd: ['/no/such'] }),
        denied: await attached(d, 'e4', { Cmd: ['/etc/passwd'] }),
        directory: await attached(d, 'e4', { Cmd: ['true'], WorkingDir: '/no/such' }),
        cliMissing: await d.cli('exec', 'e4', 'nosuch'),
        cliDenied: await d.cli('exec', 'e4', '/etc/passwd'),
      };
      await remove(d, 'e4');
      return out;
    },
  },
  {
    name: 'exec by the CLI',
    async play(d) {
      await launch(d, 'e5', { ...SLEEP, User: 'daemon', WorkingDir: '/tmp', Env: ['C=d'] });
      const out = {
        both: await d.cli('exec', 'e5', 'sh', '-c', 'echo o; echo e >&2; exit 5'),
        own: await d.cli('exec', 'e5', 'sh', '-c', 'id -un; pwd; echo $C $HOME $HOSTNAME'),
        options: await d.cli(
          'exec',
          '-u',
          '0',
          '-w',
          '/',
          '-e',
          'C=x',
          'e5',
          'sh',
          '-c',
          'id -un; pwd; echo $C',
        ),
        stdin: await d.cliWith('hi\n', 'exec', '-i', 'e5', 'cat'),
        noStdin: await d.cliWith('hi\n', 'exec', 'e5', 'cat'),
        detached: await d.cli('exec', '-d', 'e5', 'true'),
        missing: await d.cli('exec', 'nosuch', 'true'),
      };
      const id = await make(d, 'e5', { Cmd: ['true'], Env: ['A=b'] });
      const inspect = await d.api('GET', `/exec/${id}/json`);
      await remove(d, 'e5');
      return { ...out, inspect };
    },
  },
  {
    name: 'ExecResize',
    async play(d) {
      await launch(d, 'e6');
      const id = await make(d, 'e6', { Cmd: ['sleep', '1000'], Tty: true, AttachStdout: true });
      await d.api('POST', `/exec/${id}/start`, { Detach: true, Tty: true });
      const resize = (query: string) => d.api('POST', `/exec/${id}/resize${query}`);
      const out = {
        resize: await resize('?h=5&w=7'),
        noWidth: await resize('?h=5'),
        text: await resize('?h=5&w=x'),
        missing: await d.api('POST', '/exec/nosuch/resize?h=1&w=1'),
      };
      await remove(d, 'e6');
      return out;
    },
  },
];
