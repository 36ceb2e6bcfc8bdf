// Published ports by the real CLI: reached from everywhere they should be, over kills and restarts, and refused when taken.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const WEB = 'mkdir -p /w; hostname > /w/index.html; exec httpd -f -p 80 -h /w';
/** Ports of the machine that this file uses. */
const BASE = 23_000 + (process.pid % 400) * 10;
const port = (n: number): string => String(BASE + n);

/** Text of a page; null when nobody answers. */
function page(host: string, hostPort: string | number): Promise<string | null> {
  return new Promise((done) => {
    const req = get({ host, port: Number(hostPort), path: '/', agent: false, timeout: 3000 }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      res.on('end', () => done(text.trim()));
    });
    req.on('timeout', () => req.destroy());
    req.on('error', () => done(null));
  });
}

/** Sends until there is an answer. */
async function echoed(type: 'udp4' | 'udp6', host: string, hostPort: number): Promise<string> {
  const socket = createSocket(type);
  try {
    let answer = '';
    socket.on('message', (message) => {
      answer = message.toString();
    });
    return await waitUntil(`${host}:${hostPort} echoes`, () => {
      if (answer === '') socket.send('ping', hostPort, host);
      return answer;
    });
  } finally {
    socket.close();
  }
}

describe('published ports', () => {
  const s = suite('ports');
  const ok = (...args: string[]) => s.stack.ok(args);
  const web = async (name: string, ...flags: string[]): Promise<string> => {
    const id = await ok('run', '-d', '--name', name, ...flags, 'busybox', 'sh', '-c', WEB);
    await waitUntil(
      `${name} serves`,
      async () => (await s.stack.docker(['exec', name, 'wget', '-qO-', 'http://127.0.0.1/'])).code === 0,
    );
    return id.slice(0, 12);
  };
  const hostPort = async (name: string, of: string): Promise<string> =>
    (await ok('port', name, of)).split('\n')[0]!.split(':').at(-1)!;
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((a) => a && a.family === 'IPv4' && !a.internal)!.address;

  it('answer on every address of the machine, to it and to containers', async () => {
    const id = await web('w1', '-p', `${port(1)}:80`);
    for (const host of ['127.0.0.1', '127.0.0.2', outside, '::1'])
      assert.equal(await page(host, port(1)), id, host);
    const url = `http://${outside}:${port(1)}/`;
    assert.equal(await ok('run', '--rm', 'busybox', 'wget', '-qO-', url), id, 'a neighbour');
    assert.equal(await ok('exec', 'w1', 'wget', '-qO-', url), id, 'itself');
    assert.equal(await ok('port', 'w1'), `80/tcp -> 0.0.0.0:${port(1)}\n80/tcp -> [::]:${port(1)}`);
    assert.match(
      await ok('ps', '--format', '{{.Ports}}'),
      new RegExp(`^0.0.0.0:${port(1)}->80/tcp, .*::.*:${port(1)}->80/tcp$`),
    );
    await ok('rm', '-f', 'w1');
    assert.equal(await page('127.0.0.1', port(1)), null);
  });

  it('loopback of the machine is not open to containers', async () => {
    const server = createServer((socket) => socket.end('secret'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port: secret } = server.address() as { port: number };
    await web('w2', '-p', `${port(2)}:80`);
    const gateway = await ok('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}', 'w2');
    // A packet to 127.0.0.1 by way of the bridge, as a hostile container would send it.
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'w2');
    const within = (...command: string[]) => run('nsenter', [`--net=/proc/${pid}/ns/net`, ...command]);
    await within('sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1');
    await within('ip', 'addr', 'del', '127.0.0.1/8', 'dev', 'lo');
    await within('ip', 'route', 'add', '127.0.0.1/32', 'via', gateway);
    const got = await within('timeout', '2', 'busybox', 'nc', '127.0.0.1', String(secret));
    server.close();
    await ok('rm', '-f', 'w2');
    assert.equal(got.stdout, '');
  });

  it('on one address only, and by UDP', async () => {
    const id = await web('w3', '-p', `127.0.0.1:${port(3)}:80`, '-p', `${port(4)}:9/udp`);
    assert.equal(await page('127.0.0.1', port(3)), id);
    assert.equal(await page(outside, port(3)), null);
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'w3');
    const echo =
      "const s = require('node:dgram').createSocket('udp4'); s.on('message', (m, r) => s.send(m, r.port, r.address)); s.bind(9)";
    const serving = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, process.execPath, '-e', echo]);
    assert.equal(await echoed('udp4', '127.0.0.1', BASE + 4), 'ping');
    assert.equal(await echoed('udp4', outside, BASE + 4), 'ping');
    assert.equal(await echoed('udp6', '::1', BASE + 4), 'ping');
    serving.kill('SIGKILL');
    await ok('rm', '-f', 'w3');
  });

  it('a range of more ports than a list of rules holds', async () => {
    const first = 31_200 + (process.pid % 7) * 200;
    const range = `${first}-${first + 199}`;
    const serve = `echo here > index.html; exec httpd -f -p ${first + 199}`;
    await ok('run', '-d', '--name', 'range', '-p', `${range}:${range}`, 'busybox', 'sh', '-c', serve);
    assert.equal((await ok('port', 'range')).split('\n').length, 400);
    const ip = await ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'range');
    for (const host of ['127.0.0.1', outside, ip])
      await waitUntil(`${host} serves the last of the range`, async () => {
        return (await page(host, first + 199)) === 'here';
      });
    await ok('rm', '-f', 'range');
  });

  it('a port that is asked for is not given to another of the same container', async () => {
    const lowest = 31_000 + (process.pid % 20) * 10;
    const ranges = ['-p', `${lowest}-${lowest + 3}:70`, '-p', `${lowest + 1}:80`, '-p', `${lowest}:90`];
    await ok('run', '-d', '--name', 'both', ...ranges, 'busybox', 'sleep', '1000');
    assert.equal(await hostPort('both', '80'), String(lowest + 1));
    assert.equal(await hostPort('both', '90'), String(lowest));
    assert.equal(await hostPort('both', '70'), String(lowest + 2));
    await ok('rm', '-f', 'both');
  });

  it('every port at once can be asked for', async () => {
    await ok('create', '--name', 'every', '-p', '1-65535:1-65535', 'busybox');
    const bindings = await ok('inspect', '-f', '{{len .HostConfig.PortBindings}}', 'every');
    assert.equal(bindings, '65535');
    await ok('rm', 'every');
  });

  it('a port that is taken fails the start, and leaves nothing', async () => {
    await web('w4', '-p', `${port(5)}:80`);
    const taken = await s.stack.docker([
      'run',
      '--name',
      'w5',
      '-p',
      `${port(6)}:80`,
      '-p',
      `${port(5)}:81`,
      'busybox',
      'true',
    ]);
    assert.equal(taken.code, 125);
    assert.match(
      taken.stderr,
      new RegExp(
        `driver failed programming external connectivity on endpoint w5 \\([0-9a-f]{64}\\): Bind for 0\\.0\\.0\\.0:${port(5)} failed: port is already allocated`,
      ),
    );
    assert.equal(
      await ok('inspect', '-f', '{{.State.Status}} {{json .NetworkSettings.Ports}}', 'w5'),
      'created {}',
    );
    const stranger = createServer();
    await new Promise<void>((done) => stranger.listen(Number(port(6)), done));
    const used = await s.stack.docker(['run', '--rm', '-p', `${port(6)}:80`, 'busybox', 'true']);
    assert.match(
      used.stderr,
      new RegExp(
        `failed to bind host port for 0\\.0\\.0\\.0:${port(6)}:[\\d.]+:80/tcp: address already in use`,
      ),
    );
    await new Promise((done) => stranger.close(done));
    await ok('rm', '-f', 'w4');
    assert.equal((await s.stack.docker(['start', '-a', 'w5'])).code, 0);
    await ok('rm', 'w5');
  });

  it('the next container has the port as soon as the last one is gone', async () => {
    for (let n = 0; n < 5; n++) {
      await ok('run', '-d', '--name', 'w6', '-p', `${port(7)}:80`, 'busybox', 'sleep', '1000');
      await ok(n % 2 ? 'rm' : 'kill', ...(n % 2 ? ['-f'] : []), 'w6');
      if (n % 2 === 0) await ok('rm', 'w6');
    }
  });

  it('an ephemeral port goes with the container and comes again with its restart policy', async () => {
    const id = await web('w7', '-P', '--expose', '80', '--restart', 'always');
    const before = await hostPort('w7', '80/tcp');
    assert.ok(Number(before) >= 32_768 && Number(before) <= 60_999);
    assert.equal(await page('127.0.0.1', before), id);
    process.kill(Number(await ok('inspect', '-f', '{{.State.Pid}}', 'w7')), 'SIGKILL');
    const after = await waitUntil('it is published again', async () => {
      const { stdout } = await s.stack.docker(['port', 'w7', '80/tcp']);
      const now = stdout.split('\n')[0]?.split(':').at(-1);
      return now && now !== before ? now : null;
    });
    await waitUntil('it answers there', async () => (await page('127.0.0.1', after)) === id);
    assert.equal(await page('127.0.0.1', before), null);
    await ok('rm', '-f', 'w7');
  });

  it('kill -9 of CoaL: the port answers on, and is ours again afterwards', async () => {
    const id = await web('w8', '-p', `${port(8)}:80`);
    await s.stack.kill9('coal');
    assert.equal(await page('127.0.0.1', port(8)), id);
    assert.equal(await page(outside, port(8)), id);
    await s.stack.start('coal');
    assert.equal(await page('127.0.0.1', port(8)), id);
    assert.equal(await page('::1', port(8)), id);
    const again = await s.stack.docker(['run', '--rm', '-p', `${port(8)}:80`, 'busybox', 'true']);
    assert.match(again.stderr, /port is already allocated/);
    await ok('rm', '-f', 'w8');
    assert.equal(await page('127.0.0.1', port(8)), null);
    await ok('run', '--rm', '-p', `${port(8)}:80`, 'busybox', 'true');
  });

  it('kill -9 of CoaL while the container ends: nothing is published any more', async () => {
    await web('w9', '-p', `${port(9)}:80`);
    const pid = Number(await ok('inspect', '-f', '{{.State.Pid}}', 'w9'));
    await s.stack.kill9('coal');
    process.kill(pid, 'SIGKILL');
    await s.stack.start('coal');
    await waitUntil(
      'it has ended',
      async () => (await ok('inspect', '-f', '{{.State.Status}}', 'w9')) === 'exited',
    );
    await ok('run', '--rm', '-p', `${port(9)}:80`, 'busybox', 'true');
    await ok('rm', 'w9');
  });
});
