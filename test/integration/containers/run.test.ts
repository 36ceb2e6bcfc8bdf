// `docker run` in its forms, by the real CLI.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { run as runProgram } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('docker run', () => {
  const s = suite('run');
  const docker = (...args: string[]) => s.stack.docker(args);
  const run = (...args: string[]) => s.stack.docker(['run', '--rm', ...args]);

  it('prints what the process prints, on the stream it used', async () => {
    const r = await run('busybox', 'sh', '-c', 'echo out; echo err >&2');
    assert.deepEqual(r, { code: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  const exits: [string, string[], number, RegExp][] = [
    ['0', ['busybox', 'true'], 0, /^$/],
    ['1', ['busybox', 'false'], 1, /^$/],
    ['255', ['busybox', 'sh', '-c', 'exit 255'], 255, /^$/],
    // Process 1 of a pid namespace ignores signals from inside that it has no handler for, so a child is killed.
    ['128+signal', ['busybox', 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?'], 137, /^(Killed\n)?$/],
    [
      '127 when the command is missing',
      ['busybox', 'nosuch'],
      127,
      /exec: "nosuch": executable file not found in \$PATH/,
    ],
    [
      '127 when the path is missing',
      ['busybox', '/no/such'],
      127,
      /exec: "\/no\/such": stat \/no\/such: no such file or directory/,
    ],
    ['126 when it may not be run', ['busybox', '/etc/passwd'], 126, /permission denied/],
    ['126 when it is a folder', ['busybox', '/tmp'], 126, /is a directory|permission denied/],
    ['125 for a bad flag value', ['--name', '_', 'busybox', 'true'], 125, /Invalid container name \(_\)/],
    [
      '125 for an unknown image',
      ['nosuchimage:1', 'true'],
      125,
      /pull access denied|not found|manifest unknown/,
    ],
  ];
  for (const [name, args, code, text] of exits) {
    it(`exits ${name}`, async () => {
      const r = await run(...args);
      assert.equal(r.code, code, r.stderr);
      assert.match(r.stderr, text);
    });
  }

  it('leaves nothing of --rm, also when the start failed', async () => {
    await run('--name', 'gone', 'busybox', 'nosuch');
    assert.equal((await docker('ps', '-aq', '--filter', 'name=gone')).stdout, '');
  });

  const flags: [string, string[], string[], string][] = [
    ['-e', ['-e', 'A=b c'], ['sh', '-c', 'echo "$A"'], 'b c\n'],
    ['-w', ['-w', '/var/new'], ['pwd'], '/var/new\n'],
    ['-u by number', ['-u', '1234:567'], ['id'], 'uid=1234 gid=567 groups=567\n'],
    ['-u by name', ['-u', 'root'], ['id', '-un'], 'root\n'],
    ['-h', ['-h', 'myhost'], ['hostname'], 'myhost\n'],
    ['--entrypoint', ['--entrypoint', 'echo'], ['hello'], 'hello\n'],
    ['--read-only', ['--read-only'], ['sh', '-c', 'touch /x 2>&1 | grep -c Read-only'], '1\n'],
    ['--tmpfs', ['--tmpfs', '/t:size=1m'], ['sh', '-c', 'mount | grep " /t " | grep -c tmpfs'], '1\n'],
    ['--init', ['--init'], ['sh', '-c', 'cat /proc/1/comm'], 'docker-init\n'],
    ['no --init', [], ['sh', '-c', 'echo $$'], '1\n'],
    ['capabilities', [], ['sh', '-c', 'grep CapEff /proc/self/status'], 'CapEff:\t00000000a80425fb\n'],
    ['seccomp', [], ['sh', '-c', 'grep ^Seccomp: /proc/self/status'], 'Seccomp:\t2\n'],
  ];
  for (const [name, opts, cmd, expected] of flags) {
    it(`honours ${name}`, async () => {
      const r = await run(...opts, 'busybox', ...cmd);
      assert.equal(r.stdout, expected, r.stderr);
    });
  }

  it('limits memory with -m, in the cgroup and in inspect', async () => {
    const r = await run(
      '-m',
      '64m',
      'busybox',
      'sh',
      '-c',
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max',
    );
    assert.equal(r.stdout.trim(), String(64 << 20));
    await docker('create', '--name', 'limited', '-m', '64m', 'busybox');
    assert.equal(await s.stack.ok(['inspect', '-f', '{{.HostConfig.Memory}}', 'limited']), String(64 << 20));
  });

  it('writes --cidfile and --label', async () => {
    const file = join(s.stack.dir, 'cid');
    const id = await s.stack.ok([
      'run',
      '-d',
      '--cidfile',
      file,
      '--label',
      'a.b=c d',
      'busybox',
      'sleep',
      '100',
    ]);
    assert.equal(await readFile(file, 'utf8'), id);
    assert.match(id, /^[0-9a-f]{64}$/);
    assert.equal(await s.stack.ok(['inspect', '-f', '{{index .Config.Labels "a.b"}}', id]), 'c d');
    await docker('rm', '-f', id);
    const refused = await s.stack.docker(['create', '--label', 'triton.cns.services=a b', 'busybox']);
    assert.match(refused.stderr, /invalid label: invalid "triton\.cns\.services" tag/);
  });

  it('ends on half-close: echo hi | docker run -i busybox cat', async () => {
    const r = await s.stack.docker(['run', '--rm', '-i', 'busybox', 'cat'], { input: 'hi\n' });
    assert.deepEqual(r, { code: 0, stdout: 'hi\n', stderr: '' });
  });

  it('gives -t a terminal of the right size and answers keys', async () => {
    const child = await s.stack.docker([
      'run',
      '--rm',
      '-t',
      'busybox',
      'sh',
      '-c',
      'tty; test -t 1 && echo terminal',
    ]);
    assert.match(child.stdout, /\/dev\/pts\/0\r\nterminal\r\n/);
  });

  it('takes --stop-signal and --stop-timeout', async () => {
    const id = await s.stack.ok([
      'run',
      '-d',
      '--stop-signal',
      'USR1',
      '--stop-timeout',
      '3',
      'busybox',
      'sh',
      '-c',
      'trap "echo got usr1; exit 7" USR1; while :; do sleep 0.1; done',
    ]);
    await s.stack.ok(['stop', id]);
    assert.equal(await s.stack.ok(['inspect', '-f', '{{.State.ExitCode}}', id]), '7');
    assert.equal(await s.stack.ok(['logs', id]), 'got usr1');
    await docker('rm', id);
  });

  it('stops with SIGKILL after the timeout', async () => {
    const id = await s.stack.ok([
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'trap "" TERM; while :; do sleep 0.1; done',
    ]);
    await s.stack.ok(['stop', '-t', '1', id]);
    assert.equal(await s.stack.ok(['inspect', '-f', '{{.State.ExitCode}}', id]), '137');
    await docker('rm', id);
  });

  it('-w is made at create, and is no file', async () => {
    const id = await s.stack.ok(['create', '-w', '/a/b', 'busybox', 'pwd']);
    assert.equal(await s.stack.ok(['diff', id]), 'A /a\nA /a/b');
    assert.equal(await s.stack.ok(['start', '-a', id]), '/a/b');
    await docker('rm', id);
    const file = await docker('create', '-w', '/etc/passwd', 'busybox');
    assert.match(file.stderr, /Cannot mkdir: \/etc\/passwd is not a directory/);
  });

  it('a limit of processes ends at once when an update takes it away', async () => {
    const id = await s.stack.ok(['run', '-d', '--pids-limit', '32', 'busybox', 'sleep', '100']);
    const limit = () =>
      s.stack.ok(['exec', id, 'sh', '-c', 'cat /sys/fs/cgroup/pids/pids.max || cat /sys/fs/cgroup/pids.max']);
    assert.equal(await limit(), '32');
    await s.stack.ok(['update', '--pids-limit', '16', id]);
    assert.equal(await limit(), '16');
    await s.stack.ok(['update', '--pids-limit', '-1', id]);
    assert.equal(await limit(), 'max');
    await docker('rm', '-f', id);
  });

  it('takes limits of block devices by an update, at the next start at the latest', async (t) => {
    const disk = (await readdir('/sys/block')).find((name) => existsSync(`/dev/${name}`));
    if (disk === undefined) return t.skip('this machine shows no disk in /dev');
    const id = await s.stack.ok(['run', '-d', 'busybox', 'sleep', '100']);
    const update = async (Path: string) => {
      const body = JSON.stringify({ BlkioDeviceReadBps: [{ Path, Rate: 1_234_944 }] });
      const json = ['-H', 'Content-Type: application/json', '-d', body];
      const url = `http://docker/v1.55/containers/${id}/update`;
      return (
        await runProgram('curl', ['-s', '--unix-socket', s.stack.socketPath, ...json, url])
      ).stdout.trim();
    };
    assert.match(
      await update('/dev/nosuch'),
      /"Cannot update container \w{64}: stat \/dev\/nosuch: no such file or directory"/,
    );
    assert.equal(await s.stack.ok(['inspect', '-f', '{{.HostConfig.BlkioDeviceReadBps}}', id]), '[]');
    assert.equal(await update(`/dev/${disk}`), '{"Warnings":null}');
    assert.match(
      await s.stack.ok(['inspect', '-f', '{{json .HostConfig.BlkioDeviceReadBps}}', id]),
      /^\[\{"Path":"\/dev\/\w+","Rate":1234944\}\]$/,
    );
    await s.stack.ok(['restart', '-t', '0', id]);
    const files = '/sys/fs/cgroup/blkio/blkio.throttle.read_bps_device /sys/fs/cgroup/io.max';
    assert.match(await s.stack.ok(['exec', id, 'sh', '-c', `cat ${files}; true`]), /1234944/);
    await docker('rm', '-f', id);
  });

  it('refuses processors that the node does not have, at create and at update', async () => {
    const id = await s.stack.ok(['run', '-d', 'busybox', 'sleep', '100']);
    const refused: [string[], RegExp][] = [
      [['--cpus', '5000'], /Range of CPUs is from 0\.01 to \d+\.00, as there are only \d+ CPUs available/],
      [['--cpuset-cpus', '0,999'], /Requested CPUs are not available - requested 0,999, available: 0/],
      [['--cpuset-mems', '99'], /Requested memory nodes are not available - requested 99, available: 0/],
    ];
    for (const [flags, text] of refused) {
      assert.match((await docker('create', ...flags, 'busybox')).stderr, text);
      assert.match((await docker('update', ...flags, id)).stderr, text);
    }
    assert.equal(await s.stack.ok(['update', '--cpuset-cpus', '0', id]), id);
    const set = await s.stack.ok([
      'inspect',
      '-f',
      '{{.HostConfig.CpusetCpus}} {{.HostConfig.NanoCpus}}',
      id,
    ]);
    assert.equal(set, '0 0');
    await docker('rm', '-f', id);
  });

  it("refuses a name in use with dockerd's text", async () => {
    const id = await s.stack.ok(['create', '--name', 'twice', 'busybox']);
    const r = await docker('create', '--name', 'twice', 'busybox');
    assert.equal(r.code, 1);
    assert.match(
      r.stderr,
      new RegExp(`Conflict. The container name "/twice" is already in use by container "${id}"`),
    );
  });

  it('restarts on failure with back-off, at most n times', async () => {
    const id = await s.stack.ok([
      'run',
      '-d',
      '--restart',
      'on-failure:2',
      'busybox',
      'sh',
      '-c',
      'echo run; exit 3',
    ]);
    assert.equal(await s.stack.ok(['wait', id]), '3');
    const { waitUntil } = await import('#test/harness/stack.ts');
    await waitUntil(
      'three runs are over',
      async () =>
        (await s.stack.ok(['inspect', '-f', '{{.RestartCount}} {{.State.Status}}', id])) === '2 exited',
    );
    assert.equal(await s.stack.ok(['logs', id]), 'run\nrun\nrun');
    await docker('rm', id);
  });
});
