// `make run` as a process: it starts both programs, starts a dead one again, and takes both with it, however it ends.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { get, type Stack, startStack, waitUntil } from '#test/harness/stack.ts';
import { pidsWith } from '#tools/clean-instance.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('make run', () => {
  let stack: Stack;
  let config = '';
  before(async () => {
    stack = await startStack({ name: 'supervisor' });
    config = join(stack.dir, 'config.json');
    for (const program of ['daemon', 'coal'] as const) await stack.kill9(program);
  });
  after(() => stack?.stop());

  const programs = async (): Promise<number[]> => {
    const own = await pidsWith(`--config\0${config}`);
    return own.filter((pid) => pid !== supervisor?.pid);
  };
  const answers = async (): Promise<boolean> => (await get(stack.socketPath, '/info')) === 200;
  let supervisor: ChildProcess | null = null;
  async function run(): Promise<ChildProcess> {
    supervisor = spawn(process.execPath, ['tools/run.ts', '--config', config], {
      cwd: root,
      stdio: 'ignore',
    });
    await waitUntil('it answers', answers);
    return supervisor;
  }

  it('ends with both programs soon after Ctrl-C', async () => {
    const it = await run();
    assert.equal((await programs()).length, 2);
    const began = performance.now();
    it.kill('SIGINT');
    await once(it, 'exit');
    assert.ok(performance.now() - began < 2000, `took ${performance.now() - began} ms`);
    assert.deepEqual(await programs(), []);
    assert.equal(await answers(), false);
  });

  it('starts again what was killed', async () => {
    const it = await run();
    for (const main of ['src/main.ts', 'lib/coal/main.ts']) {
      const [pid] = (await pidsWith(`${main}\0--config\0${config}`)) as [number];
      process.kill(pid, 'SIGKILL');
      await waitUntil(`another ${main} runs`, async () => {
        const now = await pidsWith(`${main}\0--config\0${config}`);
        return now.length === 1 && now[0] !== pid && (await answers());
      });
    }
    it.kill('SIGINT');
    await once(it, 'exit');
  });

  it('leaves no program behind when it is itself killed -9, so that the next one can start', async () => {
    const it = await run();
    it.kill('SIGKILL');
    await once(it, 'exit');
    await waitUntil('both programs have ended', async () => (await programs()).length === 0, 5000);
    const next = await run();
    next.kill('SIGINT');
    await once(next, 'exit');
  });
});
