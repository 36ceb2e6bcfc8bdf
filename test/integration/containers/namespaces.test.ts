// docker run --network, --pid, --ipc, --uts, --userns, --cgroupns: with the host, with another container, with nobody.
import assert from 'node:assert/strict';
import { readdir, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { afterEach, describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const NAMESPACES = ['net', 'pid', 'ipc', 'uts', 'user', 'cgroup', 'mnt'];
const READ = `for n in ${NAMESPACES.join(' ')}; do echo $n $(readlink /proc/self/ns/$n); done`;

describe('namespaces of a container', () => {
  const s = suite('namespaces');
  const run = (name: string, ...options: string[]) =>
    s.stack.ok(['run', '-d', '--name', name, ...options, 'busybox', 'sleep', '10000']);
  const sh = (name: string, script: string) => s.stack.ok(['exec', name, 'sh', '-c', script]);
  const inspect = (name: string, format: string) => s.stack.ok(['inspect', '-f', `{{json ${format}}}`, name]);
  const remove = (...names: string[]) => s.stack.ok(['rm', '-f', ...names]);
  const refused = async (...args: string[]) => {
    const { code, stderr } = await s.stack.docker(args);
    assert.notEqual(code, 0);
    return stderr.replace(/^(docker: )?Error response from daemon: /, '').split('\n')[0];
  };
  const parse = (text: string) =>
    Object.fromEntries(text.split('\n').map((line) => line.split(' ') as [string, string]));
  const own = async () =>
    Object.fromEntries(
      await Promise.all(NAMESPACES.map(async (ns) => [ns, await readlink(`/proc/self/ns/${ns}`)] as const)),
    );
  const start = () =>
    s.stack.ok(['run', '-d', '--name', 'donor', '--ipc', 'shareable', 'busybox', 'sleep', '10000']);
  afterEach(async () => {
    const all = await s.stack.ok(['ps', '-aq']);
    if (all !== '') await s.stack.ok(['rm', '-f', ...all.split('\n')]);
  });

  it("is in the host's where that was asked for, and only there", async () => {
    const host = await own();
    const shares: [string[], string[]][] = [
      [['--network', 'host'], ['net']],
      [['--pid', 'host'], ['pid']],
      [['--ipc', 'host'], ['ipc']],
      [['--uts', 'host'], ['uts']],
      [['--cgroupns', 'host'], ['cgroup']],
      [['--userns', 'host'], []],
      [[], []],
    ];
    for (const [options, shared] of shares) {
      const cgroupns = options[0] === '--cgroupns' ? [] : ['--cgroupns', 'private'];
      const found = parse(
        await s.stack.ok(['run', '--rm', ...cgroupns, ...options, 'busybox', 'sh', '-c', READ]),
      );
      const same = NAMESPACES.filter((ns) => found[ns] === host[ns]);
      assert.deepEqual(same.sort(), [...shared, 'user'].sort(), options.join(' '));
    }
  });

  it("has the host's name and files in the host's network", async () => {
    await run('h1', '--network', 'host');
    assert.equal(await sh('h1', 'hostname; cat /etc/hostname'), `${hostname()}\n${hostname()}`);
    const links = (await readdir('/sys/class/net')).filter((name) => name === 'lo' || name === 'eth0').sort();
    assert.equal(
      await sh('h1', 'ls /sys/class/net | grep -E "^(lo|eth0)$"'),
      links.reverse().sort().join('\n'),
    );
    assert.match(await inspect('h1', '.NetworkSettings.Networks'), /^\{"host":\{.*"IPAddress":""/);
    assert.equal(await s.stack.ok(['ps', '--filter', 'name=h1', '--format', '{{.Networks}}']), 'host');
  });

  it('is in those of another container', async () => {
    await start();
    await run(
      'joined',
      '--network',
      'container:donor',
      '--pid',
      'container:donor',
      '--ipc',
      'container:donor',
    );
    const theirs = parse(await sh('donor', READ));
    const ours = parse(await sh('joined', READ));
    const same = NAMESPACES.filter((ns) => ours[ns] === theirs[ns]);
    assert.deepEqual(same.filter((ns) => ns !== 'user' && ns !== 'cgroup').sort(), ['ipc', 'net', 'pid']);
    assert.equal(await sh('joined', 'cat /proc/1/cmdline | tr "\\0" " "'), 'sleep 10000');
    await sh('joined', 'echo shared > /dev/shm/f; echo 1.2.3.4 other >> /etc/hosts');
    assert.equal(
      await sh('donor', 'cat /dev/shm/f; grep other /etc/hosts; hostname'),
      `shared\n1.2.3.4 other\n${await sh('joined', 'hostname')}`,
    );
    const id = await s.stack.ok(['inspect', '-f', '{{.Id}}', 'donor']);
    for (const mode of ['NetworkMode', 'PidMode', 'IpcMode'])
      assert.equal(await inspect('joined', `.HostConfig.${mode}`), `"container:${id}"`);
    assert.equal(await inspect('joined', '.NetworkSettings.Networks'), '{}');
    assert.equal(await inspect('joined', '.Config.Hostname'), await inspect('donor', '.Config.Hostname'));
    // Whoever joins one that has joined is in the same.
    assert.equal(
      await s.stack.ok([
        ...['run', '--rm', '--network', 'container:joined', '--ipc', 'container:joined', 'busybox'],
        ...['sh', '-c', 'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc; cat /dev/shm/f; hostname'],
      ]),
      `${theirs.net}\n${theirs.ipc}\nshared\n${await sh('donor', 'hostname')}`,
    );
  });

  it('refuses to join what is not there, does not run, or shares nothing', async () => {
    await run('plain');
    const stopped = await s.stack.ok(['create', '--name', 'stopped', 'busybox', 'true']);
    const plain = await s.stack.ok(['inspect', '-f', '{{.Id}}', 'plain']);
    const texts: [string[], string][] = [
      [
        ['--network', 'container:nosuch'],
        'joining network namespace of container: No such container: nosuch',
      ],
      [
        ['--network', 'container:stopped'],
        'cannot join network namespace of a non running container: container stopped is created',
      ],
      [['--name', 'self', '--network', 'container:self'], 'cannot join own network namespace'],
      [['--pid', 'container:nosuch'], 'No such container: nosuch'],
      [['--pid', 'container:stopped'], `failed to join PID namespace: container ${stopped} is not running`],
      [['--ipc', 'container:nosuch'], 'No such container: nosuch'],
      [['--ipc', 'container:stopped'], `failed to join IPC namespace: container ${stopped} is not running`],
      [
        ['--ipc', 'container:plain'],
        `failed to join IPC namespace: container ${plain}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
      ],
    ];
    for (const [options, text] of texts) {
      assert.equal(await refused('run', '--rm', ...options, 'busybox', 'true'), text);
    }
  });

  it('ends what runs in the pids of another when that one ends, and all of its own when it shares them', async () => {
    await start();
    await run('joined', '--pid', 'container:donor');
    await s.stack.ok(['kill', 'donor']);
    assert.equal(await s.stack.ok(['wait', 'joined']), '137');
    await remove('joined', 'donor');
    await s.stack
      .ok(['run', '--name', 'left', '--pid', 'host', 'busybox', 'sh', '-c', 'sleep 98765 & exit 3'])
      .catch(() => undefined);
    await waitUntil(
      'no process of it is left',
      async () =>
        !(await s.stack.docker(['run', '--rm', '--pid', 'host', 'busybox', 'ps'])).stdout.includes(
          'sleep 98765',
        ),
    );
  });

  it('joins again when it is started again, and the other has been', async () => {
    await start();
    await run('joined', '--network', 'container:donor', '--ipc', 'container:donor');
    const before = await sh('joined', 'readlink /proc/self/ns/net');
    await s.stack.ok(['restart', '-t', '0', 'donor']);
    // As with dockerd, it stays where it was.
    assert.equal(await sh('joined', 'readlink /proc/self/ns/net; ls /sys/class/net'), `${before}\nlo`);
    await s.stack.ok(['restart', '-t', '0', 'joined']);
    assert.equal(await sh('joined', 'ip -4 -o addr show eth0'), await sh('donor', 'ip -4 -o addr show eth0'));
  });

  it('outlives kill -9 of everything, and comes up again in the right order', async () => {
    await s.stack.ok([
      'run',
      '-d',
      '--name',
      'donor',
      '--ipc',
      'shareable',
      '--restart',
      'always',
      'busybox',
      'sleep',
      '10000',
    ]);
    const shared = ['--network', 'container:donor', '--ipc', 'container:donor', '--restart', 'always'];
    await run('a-joined', ...shared);
    await run('b-joined', '--network', 'container:a-joined', '--restart', 'always');
    await sh('donor', 'echo kept > /dev/shm/f');
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    assert.equal(
      await sh('a-joined', 'cat /dev/shm/f; readlink /proc/self/ns/net'),
      `kept\n${await sh('b-joined', 'readlink /proc/self/ns/net')}`,
    );
    // The machine goes down: everything at once.
    const pids = await Promise.all(
      ['donor', 'a-joined', 'b-joined'].map((name) => inspect(name, '.State.Pid')),
    );
    await s.stack.kill9('coal');
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    await s.stack.start('coal');
    await waitUntil('all run again', async () => (await s.stack.ok(['ps', '-q'])).split('\n').length === 3);
    assert.equal(
      await sh('b-joined', 'readlink /proc/self/ns/net'),
      await sh('donor', 'readlink /proc/self/ns/net'),
    );
    assert.equal(
      await sh('a-joined', 'ls /dev/shm; readlink /proc/self/ns/ipc'),
      await sh('donor', 'readlink /proc/self/ns/ipc'),
    );
    await remove('b-joined', 'a-joined', 'donor');
    const mounts = await waitUntil('nothing stays mounted', async () => {
      const { readFile } = await import('node:fs/promises');
      const text = await readFile('/proc/self/mountinfo', 'utf8');
      return !text.split('\n').some((line) => line.includes(s.stack.dir) && line.includes('/shm ')) && 'none';
    });
    assert.equal(mounts, 'none');
  });
});
