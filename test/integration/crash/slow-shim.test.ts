// A machine so busy that a shim does not answer for seconds: what runs is never killed for it, nor told as ended.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

/** More than containerd by itself gives a shim when it comes back (5 s) or is asked for a state (2 s). */
const SLOW_MS = 6_000;

describe('a shim that does not answer', () => {
  const s = suite('slow-shim');
  const ok = (...args: string[]) => s.stack.ok(args);
  const looper = () =>
    ok('run', '-d', 'busybox', 'sh', '-c', 'trap "exit 7" TERM; while :; do sleep 0.05; done');
  const shown = (id: string) => ok('inspect', '-f', '{{.State.Status}} {{.State.Pid}}', id);
  const pidOf = async (id: string) => Number(await ok('inspect', '-f', '{{.State.Pid}}', id));

  /** Still the run that it was, and it ends as it is told. */
  async function goesOnAndEnds(id: string, pid: number): Promise<void> {
    assert.equal(await shown(id), `running ${pid}`);
    await ok('stop', id);
    assert.equal(await ok('wait', id), '7');
    await ok('rm', id);
  }

  it('when containerd comes back', async () => {
    const id = await looper();
    const pid = await pidOf(id);
    const shim = parentOf(pid);
    process.kill(shim, 'SIGSTOP');
    try {
      await s.stack.kill9('coal');
      await s.stack.kill9('containerd');
      const started = s.stack.start('coal');
      const containerd = await waitUntil(
        'containerd is started',
        async () => (await s.stack.pids('containerd'))[0],
      );
      await waitUntil(`it has run for ${SLOW_MS} ms`, () => ageMs(containerd) > SLOW_MS);
      process.kill(shim, 'SIGCONT');
      await started;
    } finally {
      process.kill(shim, 'SIGCONT');
    }
    await goesOnAndEnds(id, pid);
  });

  it('when CoaL asks what runs', async () => {
    const id = await looper();
    const pid = await pidOf(id);
    const shim = parentOf(pid);
    process.kill(shim, 'SIGSTOP');
    try {
      await s.stack.kill9('coal');
      await s.stack.start('coal');
      assert.equal(await shown(id), `running ${pid}`);
    } finally {
      process.kill(shim, 'SIGCONT');
    }
    await goesOnAndEnds(id, pid);
  });
});

function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

/** How long a process has run; start times are in hundredths of seconds after the boot. */
function ageMs(pid: number): number {
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return uptime * 1000 - Number(statOf(pid)[19]) * 10;
}
