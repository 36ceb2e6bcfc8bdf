// Each container has an address of its own, names in its files, and reaches its neighbours and the machine.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { askSocket } from '#test/harness/ask-socket.ts';
import { suite } from '#test/harness/suite.ts';

describe('container network', () => {
  const s = suite('network');
  const ok = (...args: string[]) => s.stack.ok(args);

  it('has address and MAC as inspect says', async () => {
    const id = await ok('run', '-d', 'busybox', 'sleep', '1000');
    const [ip, mac] = (
      await ok(
        'inspect',
        '-f',
        '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}',
        id,
      )
    ).split(' ');
    const shown = await ok('exec', id, 'ip', 'addr', 'show', 'eth0');
    assert.match(ip!, /^\d+\.\d+\.\d+\.\d+$/);
    assert.ok(shown.includes(`inet ${ip}/`) && shown.includes(mac!));
    assert.match(await ok('exec', id, 'cat', '/etc/hosts'), new RegExp(`${ip}\\s+${id.slice(0, 12)}`));
    assert.equal(await ok('exec', id, 'hostname'), id.slice(0, 12));
    assert.match(await ok('exec', id, 'cat', '/etc/resolv.conf'), /nameserver/);
    await ok('rm', '-f', id);
  });

  it('reaches another container by address', async () => {
    const server = await ok(
      'run',
      '-d',
      'busybox',
      'sh',
      '-c',
      'echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp',
    );
    const ip = await ok('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', server);
    assert.equal(
      await ok(
        'run',
        '--rm',
        'busybox',
        'sh',
        '-c',
        `for i in 1 2 3 4 5; do wget -qO- http://${ip}/ && exit; sleep 0.1; done`,
      ),
      'hello',
    );
    await ok('rm', '-f', server);
  });

  it('reaches the outside, seen from the machine as the machine (NAT)', async (t) => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((a) => a && a.family === 'IPv4' && !a.internal);
    if (!outside) return t.skip('this machine has no address but loopback');
    const web = createServer((_req, res) => res.end('from the machine'));
    await new Promise<void>((done) => web.listen(0, outside.address, done));
    const { port } = web.address() as { port: number };
    assert.equal(
      await ok('run', '--rm', 'busybox', 'wget', '-qO-', `http://${outside.address}:${port}/`),
      'from the machine',
    );
    web.close();
  });

  it('has only loopback with --network none', async () => {
    assert.equal(
      await ok('run', '--rm', '--network', 'none', 'busybox', 'sh', '-c', 'ls /sys/class/net'),
      'lo',
    );
  });

  it('an address or an alias is for networks that users have made', async () => {
    for (const mode of ['none', 'host', 'bridge']) {
      const { stderr } = await s.stack.docker(['create', '--network', mode, '--ip', '10.9.9.9', 'busybox']);
      assert.match(stderr, /user-specified IP address is supported on user-defined networks only/, mode);
    }
    const id = await ok('create', '--network', 'none', 'busybox');
    for (const network of ['none', 'host', 'bridge']) {
      const { stderr } = await s.stack.docker(['network', 'connect', '--alias', 'x', network, id]);
      assert.match(stderr, /network-scoped aliases are only supported for user-defined/, network);
    }
    await ok('rm', id);
  });

  it('none with NetworkDisabled, until it is connected', async () => {
    const body = { Image: 'busybox', Cmd: ['sleep', '1000'], NetworkDisabled: true };
    const created = await askSocket(s.stack.socketPath, ['POST', '/containers/create?name=cut-off', body]);
    assert.equal(created.status, 201);
    await ok('start', 'cut-off');
    assert.equal(await ok('exec', 'cut-off', 'ls', '/sys/class/net'), 'lo');
    const shown = '{{.HostConfig.NetworkMode}} {{json .NetworkSettings.Networks}}';
    assert.equal(await ok('inspect', '-f', shown, 'cut-off'), 'bridge {}');
    await ok('restart', '-t', '0', 'cut-off');
    assert.equal(await ok('exec', 'cut-off', 'ls', '/sys/class/net'), 'lo');
    await ok('network', 'connect', 'bridge', 'cut-off');
    assert.equal(await ok('exec', 'cut-off', 'ls', '/sys/class/net'), 'eth0\nlo');
    await ok('rm', '-f', 'cut-off');
  });
});
