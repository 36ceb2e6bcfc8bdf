// docker stats: samples of running and resting containers, over stop, start, rename and removal, by API and CLI.
import assert from 'node:assert/strict';
import { readdir, readlink } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

interface Stats {
  id: string;
  name: string;
  os_type?: string;
  read: string;
  preread: string;
  cpu_stats: { cpu_usage: { total_usage: number }; system_cpu_usage?: number; online_cpus?: number };
  precpu_stats: { cpu_usage: { total_usage: number }; system_cpu_usage?: number };
  memory_stats: { usage?: number; limit?: number; stats?: Record<string, number> };
  pids_stats: { current?: number; limit?: number };
  networks?: Record<string, { rx_bytes: number }>;
  blkio_stats: Record<string, unknown>;
}
const NEVER = '0001-01-01T00:00:00Z';

interface StatsReader {
  samples: Stats[];
  ended: Promise<void>;
  leave(): void;
}

/** Reads a stream of statistics until it ends or is left. */
function read(socketPath: string, path: string): StatsReader {
  const samples: Stats[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const req = request({ socketPath, path }, (res) => {
    let rest = '';
    res.setEncoding('utf8');
    res.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      samples.push(...lines.map((line) => JSON.parse(line) as Stats));
    });
    res.on('close', resolve);
  });
  req.on('error', () => resolve());
  req.end();
  return { samples, ended, leave: () => req.destroy() };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

function curl(socketPath: string, method: string, path: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const req = request({ socketPath, method, path, headers }, (res) => readAll(res).then(resolve, reject));
    req.on('error', reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

describe('docker stats', () => {
  const s = suite('stats');
  const ok = (...args: string[]) => s.stack.ok(args);
  const stats = (name: string, query: string, version = '1.41') =>
    read(s.stack.socketPath, `/v${version}/containers/${name}/stats?${query}`);
  const single = async (name: string, query = 'stream=false', version?: string): Promise<Stats> => {
    const reader = stats(name, query, version);
    await reader.ended;
    assert.equal(reader.samples.length, 1);
    return reader.samples[0]!;
  };
  const busy = 'trap "exit 0" TERM; while :; do :; done';

  it('gives one sample with a use of CPU to compute, and its limits', async () => {
    const limits = ['-m', '64m', '--pids-limit', '50', '--cpus', '0.5'];
    const id = await ok('run', '-d', '--name', 'one', ...limits, 'busybox', 'sh', '-c', busy);
    const sample = await single('one');
    assert.equal(sample.id, id);
    assert.equal(sample.name, '/one');
    assert.ok(sample.read > sample.preread && sample.preread !== NEVER);
    const cpu = sample.cpu_stats.cpu_usage.total_usage - sample.precpu_stats.cpu_usage.total_usage;
    const system = sample.cpu_stats.system_cpu_usage! - sample.precpu_stats.system_cpu_usage!;
    assert.ok(cpu > 0 && system > 0 && cpu < system, `${cpu} of ${system}`);
    assert.equal(sample.memory_stats.limit, 64 * 1024 * 1024);
    assert.ok(sample.memory_stats.usage! > 0);
    assert.equal(sample.pids_stats.limit, 50);
    assert.equal(sample.pids_stats.current, 1);
    assert.deepEqual(Object.keys(sample.networks!), ['eth0']);
    assert.equal(sample.os_type, undefined);
    assert.equal((await single('one', 'stream=0', '1.52')).os_type, 'linux');
    await ok('rm', '-f', 'one');
  });

  it('counts processes and the bytes of the network', async () => {
    await ok('run', '-d', '--name', 'net', 'busybox', 'sh', '-c', 'sleep 1000 & sleep 1000 & wait');
    const before = await single('net', 'stream=false&one-shot=true');
    assert.equal(before.preread, NEVER, 'one-shot has nothing before it');
    assert.equal(before.precpu_stats.system_cpu_usage, undefined);
    await waitUntil(
      'all processes are there',
      async () => (await single('net', 'stream=0&one-shot=1')).pids_stats.current === 3,
    );
    const gateway = (await ok('inspect', '-f', '{{.NetworkSettings.Gateway}}', 'net')) || '198.18.0.1';
    await s.stack.docker(['exec', 'net', 'ping', '-c', '3', '-i', '0.1', '-s', '1000', gateway]);
    const after = await single('net', 'stream=0&one-shot=1');
    assert.ok(after.networks!.eth0!.rx_bytes - before.networks!.eth0!.rx_bytes > 1000);
    await ok('rm', '-f', 'net');
  });

  it('has no networks without one', async () => {
    await ok('run', '-d', '--name', 'alone', '--network', 'none', 'busybox', 'sleep', '1000');
    assert.equal((await single('alone', 'stream=0&one-shot=1')).networks, undefined);
    await ok('rm', '-f', 'alone');
  });

  it('is zeros while nothing runs, goes on with the next run, knows the new name, and ends with the container', async () => {
    await ok('run', '-d', '--name', 'life', 'busybox', 'sh', '-c', busy);
    const reader = stats('life', '');
    const { samples } = reader;
    const last = () => samples.at(-1);
    await waitUntil('two samples came', () => samples.length >= 2);
    assert.equal(samples[0]!.preread, NEVER);
    assert.equal(samples[1]!.preread, samples[0]!.read);
    await ok('stop', 'life');
    await waitUntil('a zero came', () => last()?.read === NEVER);
    assert.equal(last()!.name, '/life');
    assert.equal(last()!.networks, undefined);
    assert.equal((await single('life')).read, NEVER, 'and the single one is zero too');
    await ok('start', 'life');
    await waitUntil('it counts again', () => last()?.read !== NEVER);
    await ok('rename', 'life', 'life2');
    await waitUntil('the new name is there', () => last()?.name === '/life2');
    await ok('rm', '-f', 'life2');
    await reader.ended;
  });

  it('goes on after a kill -9 of CoaL', async () => {
    await ok('run', '-d', '--name', 'kept', 'busybox', 'sleep', '1000');
    const reader = stats('kept', '');
    await waitUntil('it began', () => reader.samples.length > 0);
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    const seen = reader.samples.length;
    await waitUntil('it went on', () => reader.samples.slice(seen).some(({ read }) => read !== NEVER));
    reader.leave();
    await ok('rm', '-f', 'kept');
  });

  it('leaves no open file in the agent when the clients have gone', async () => {
    await ok('run', '-d', '--name', 'files', 'busybox', 'sleep', '1000');
    const [coal] = await s.stack.pids('coal');
    const cgroups = async () => {
      const fds = await readdir(`/proc/${coal}/fd`);
      const links = await Promise.all(fds.map((fd) => readlink(`/proc/${coal}/fd/${fd}`).catch(() => '')));
      return links.filter((link) => link.startsWith('/sys/fs/cgroup/') || link.endsWith('/net/dev'));
    };
    assert.deepEqual(await cgroups(), []);
    const readers = [stats('files', ''), stats('files', ''), stats('files', '')];
    await waitUntil('all have a sample', () => readers.every(({ samples }) => samples.length > 0));
    const held = (await cgroups()).length;
    assert.ok(held > 0 && held < 25, `${held} files for three clients`);
    for (const reader of readers) reader.leave();
    await waitUntil('the files are closed', async () => (await cgroups()).length === 0);
    const other = stats('files', '');
    await waitUntil('it has a sample', () => other.samples.length > 0);
    await ok('kill', 'files');
    await waitUntil('closed at the end of the run too', async () => (await cgroups()).length === 0);
    other.leave();
    await ok('rm', '-f', 'files');
  });

  it('serves a client that knows only Triton: a TCP port, JSON and CRLF', async () => {
    const id = await ok('run', '-d', '--name', 'tcp', 'busybox', 'sleep', '1000');
    const cnapi = `${s.stack.dir}/run/coal/cnapi.sock`;
    const ask = async (method: string, path: string, body?: object) =>
      JSON.parse((await curl(cnapi, method, path, body)) || 'null');
    const [server] = (await ask('GET', '/servers')) as { uuid: string }[];
    const vm = id.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
    const payload = { clientApiVersion: 1.41, doStream: false };
    const path = `/servers/${server!.uuid}/vms/${vm}/docker-stats`;
    const { host, port } = (await ask('POST', path, { payload })) as { host: string; port: number };
    const text = await readAll(connect({ host, port }));
    assert.match(text, /^\{"read":.*\}\r\n$/);
    assert.equal(JSON.parse(text).pids_stats.current, 1);
    await ok('rm', '-f', 'tcp');
  });

  it('refuses by name what is not there', async () => {
    const r = await s.stack.docker(['stats', '--no-stream', 'nosuch']);
    assert.equal(r.code, 1);
    assert.match(r.stderr, /No such container: nosuch/);
  });

  it('fills the table of docker stats', async () => {
    await ok('run', '-d', '--name', 'table1', '-m', '64m', 'busybox', 'sh', '-c', busy);
    await ok('create', '--name', 'table2', 'busybox');
    const format = '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}';
    // The CLI prints dashes for what it has not heard of in time.
    const lines = await waitUntil('the CLI has heard of both', async () => {
      const rows = (await ok('stats', '--no-stream', '-a', '--format', format)).split('\n').sort();
      return rows.every((row) => !row.startsWith('-- ')) ? rows : null;
    });
    assert.match(lines[0]!, /^table1 [1-9][\d.]+% [\d.]+\w+ \/ 64MiB 1$/);
    assert.match(lines[1]!, /^table2 (0\.00%|--) (0B \/ 0B|-- \/ --) (0|--)$/);
    await ok('rm', '-f', 'table1', 'table2');
  });
});
