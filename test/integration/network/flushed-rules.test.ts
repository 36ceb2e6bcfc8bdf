// Somebody throws our nftables tables away while CoaL runs, as a restart of nftables.service does: they are back at once.
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { describe, it } from 'node:test';
import { isAlive } from '#lib/process/processes.ts';
import { run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

/** A fifth of a second on a machine that is at rest. ms */
const SOON = 5000;
const PORT = 23_900 + (process.pid % 90);

describe('rules that somebody flushes', () => {
  const s = suite('flushed');
  const ok = (...args: string[]) => s.stack.ok(args);
  const ours = async (): Promise<string[]> =>
    (await run('nft', ['list', 'tables'])).stdout
      .split('\n')
      .filter((line) => new RegExp(` ${s.stack.bridge}(-ports|-fw)?$`).test(line))
      .sort();
  /** In one transaction, as `flush ruleset` does; the machine's other tables are not ours. */
  const flush = async (tables: string[]): Promise<void> => {
    const { code, stderr } = await run('nft', ['-f', '-'], {
      input: tables.map((table) => `delete ${table}\n`).join(''),
    });
    assert.equal(code, 0, stderr);
  };
  const rules = async (): Promise<string> =>
    (await Promise.all((await ours()).map((table) => run('nft', ['list', ...table.split(' ')]))))
      .map(({ stdout }) =>
        stdout
          .split(/[,{}\s]*\n\s*|, |[{}]/)
          .map((word) => word.trim())
          .sort()
          .join('\n'),
      )
      .join('');
  const ipOf = (name: string, network: string) =>
    ok('inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name);
  const reaches = async (from: string, ip: string) =>
    (await s.stack.docker(['exec', from, 'wget', '-qO-', '-T', '1', `http://${ip}/`])).code === 0;
  const backSoon = (what: string, before: string) =>
    waitUntil(`${what} are as before`, async () => (await rules()) === before, SOON).catch(async () =>
      assert.equal(await rules(), before, what),
    );
  const watcher = async (): Promise<number | null> => {
    const [coal] = await s.stack.pids('coal');
    const { stdout } = await run('pgrep', ['-P', String(coal), '-f', 'table-watch.pl']);
    return stdout.trim() === '' ? null : Number(stdout.trim());
  };

  it('are put back: published ports, isolation, and what the firewall closes', async () => {
    await ok('network', 'create', 'one');
    await ok('network', 'create', 'two');
    const serve = ['busybox', 'httpd', '-f', '-p', '80', '-h', '/etc'];
    await ok('run', '-d', '--name', 'web', '--network', 'one', '-p', `${PORT}:80`, ...serve);
    await ok('run', '-d', '--name', 'other', '--network', 'two', 'busybox', 'sleep', '1000');
    await ok('run', '-d', '--name', 'plain', 'busybox', 'sleep', '1000');
    const web = await ipOf('web', 'one');
    const [tables, before] = [await ours(), await rules()];
    assert.ok(tables.length >= 3, String(tables));
    assert.match(before, new RegExp(`${PORT} : ${web}`));

    await flush(tables);
    await backSoon('the tables', before);
    assert.equal(await statusOf(PORT), 404);
    for (const from of ['other', 'plain']) assert.ok(!(await reaches(from, web)), from);

    // One is as bad as all.
    for (const table of tables) {
      await flush([table]);
      await backSoon(table, before);
    }

    // What begins at that moment is there too.
    await Promise.all([
      flush(tables),
      ok('run', '-d', '--name', 'late', '--network', 'one', '-p', `${PORT + 1}:80`, ...serve),
    ]);
    await waitUntil(
      'the new port is forwarded',
      async () => new RegExp(`${PORT + 1} : `).test(await rules()),
      SOON,
    );
    await ok('rm', '-f', 'late');
    await backSoon('without it the tables', before);
  });

  it('are put back when what watches over them was killed with them, and it ends with CoaL', async () => {
    const [tables, before] = [await ours(), await rules()];
    const first = await watcher();
    assert.ok(first !== null);
    process.kill(first, 'SIGKILL');
    await flush(tables);
    await backSoon('the tables', before);
    const second = await waitUntil('another watches', watcher);
    await s.stack.kill9('coal');
    await waitUntil('it is gone', () => !isAlive(second), SOON);
    await flush(tables);
    await s.stack.start('coal');
    await waitUntil('the tables are as before', async () => (await rules()) === before, 5000);
    await ok('rm', '-f', 'web', 'other', 'plain');
    await ok('network', 'rm', 'one', 'two');
  });

  function statusOf(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent: false, timeout: 3000 }, (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      }).once('error', reject);
    });
  }
});
