// The firewall of containers by the real CLI: closed by default, opened by the rules that -p writes, Triton's FWAPI in between.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askCoal } from '#test/harness/ask-coal.ts';
import { run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const WEB = 'mkdir -p /w; echo hi > /w/index.html; httpd -f -p 81 -h /w & exec httpd -f -p 80 -h /w';
const BASE = 27_000 + (process.pid % 400) * 10;

interface Rule {
  uuid: string;
  rule: string;
  enabled: boolean;
  owner_uuid?: string;
}

describe('firewall', () => {
  const s = suite('firewall');
  const ok = (...args: string[]) => s.stack.ok(args);
  const fwapi = (method: string, path: string, body?: object) =>
    askCoal<Rule[]>(s.stack, 'fwapi', [method, path, body]);
  const vmapi = <T = unknown>(method: string, path: string, body?: object) =>
    askCoal<T>(s.stack, 'vmapi', [method, path, body]);
  const rules = async (query = ''): Promise<string[]> =>
    (await fwapi('GET', `/rules${query}`)).map(({ rule }) => rule).sort();
  const uuidOf = async (name: string): Promise<string> => {
    const id = await ok('inspect', '-f', '{{.Id}}', name);
    return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join('-');
  };
  const ipOf = (name: string) =>
    ok('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name);
  const start = async (name: string, ...flags: string[]): Promise<string> => {
    await ok('run', '-d', '--name', name, ...flags, 'busybox', 'sh', '-c', WEB);
    for (const port of [80, 81])
      await waitUntil(
        `${name} serves`,
        async () =>
          (await s.stack.docker(['exec', name, 'wget', '-qO-', `http://127.0.0.1:${port}/`])).code === 0,
      );
    return ipOf(name);
  };
  /** From one container to an address. */
  const reaches = async (from: string, ip: string, port: number): Promise<boolean> =>
    (await s.stack.docker(['exec', from, 'timeout', '1', 'wget', '-qO-', `http://${ip}:${port}/`])).stdout ===
    'hi\n';

  it('containers of an account reach each other; without its rules only what is published is reached', async () => {
    const ip = await start('f1', '-p', `${BASE}:80`);
    await ok('run', '-d', '--name', 'f2', 'busybox', 'sleep', '1000');
    assert.deepEqual([await reaches('f2', ip, 80), await reaches('f2', ip, 81)], [true, true]);
    assert.equal((await s.stack.docker(['exec', 'f2', 'ping', '-c', '1', '-W', '2', ip])).code, 0);
    const docker = (await fwapi('GET', '/rules?tag=sdc_docker')).sort((a, b) => (a.rule < b.rule ? -1 : 1));
    assert.deepEqual(
      docker.map(({ rule }) => rule),
      ['tcp', 'udp'].map(
        (protocol) => `FROM tag "sdc_docker" TO tag "sdc_docker" ALLOW ${protocol} PORT all`,
      ),
    );
    const vm = await uuidOf('f1');
    assert.deepEqual(await rules(`?vm=${vm}`), [`FROM any TO vm ${vm} ALLOW tcp PORT 80`]);
    await fwapi('PUT', `/rules/${docker[0]!.uuid}`, { enabled: false });
    await waitUntil('what is not published is closed', async () => !(await reaches('f2', ip, 81)));
    assert.equal(await reaches('f2', ip, 80), true);
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'f2');
    await s.stack.kill9('coal');
    const wget = ['timeout', '1', 'busybox', 'wget', '-qO-'];
    const within = (port: number) =>
      run('nsenter', [`--net=/proc/${pid}/ns/net`, ...wget, `http://${ip}:${port}/`]);
    assert.deepEqual([(await within(80)).stdout, (await within(81)).stdout], ['hi\n', '']);
    await s.stack.start('coal');
    assert.deepEqual([await reaches('f2', ip, 80), await reaches('f2', ip, 81)], [true, false]);
    const [published] = await fwapi('GET', `/rules?vm=${vm}`);
    await fwapi('DELETE', `/rules/${published!.uuid}`);
    await waitUntil('nothing is open', async () => !(await reaches('f2', ip, 80)));
    await fwapi('PUT', `/rules/${docker[0]!.uuid}`, { enabled: true });
    await waitUntil('all is open again', () => reaches('f2', ip, 81));
    await ok('rm', '-f', 'f1', 'f2');
  });

  it('from another machine: what is published, by the machine and by its own address; nothing else', async () => {
    const ip = await start('f8', '-p', `${BASE}:80`);
    const subnet = `${ip.split('.').slice(0, 2).join('.')}.0.0/16`;
    const far = `sdctfar${process.pid % 10_000}`;
    const ip4 = (...args: string[]) => run('ip', args);
    try {
      await ip4('netns', 'add', far);
      await ip4('link', 'add', far, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', far);
      await ip4('addr', 'add', '192.0.2.129/30', 'dev', far);
      await ip4('link', 'set', far, 'up');
      await ip4('-n', far, 'addr', 'add', '192.0.2.130/30', 'dev', 'eth0');
      await ip4('-n', far, 'link', 'set', 'eth0', 'up');
      await ip4('-n', far, 'route', 'add', subnet, 'via', '192.0.2.129');
      const get = async (host: string, port: number) =>
        (
          await run('ip', [
            'netns',
            'exec',
            far,
            'timeout',
            '1',
            'busybox',
            'wget',
            '-qO-',
            `http://${host}:${port}/`,
          ])
        ).stdout;
      assert.equal(await get('192.0.2.129', BASE), 'hi\n');
      assert.equal(await get(ip, 80), 'hi\n');
      assert.equal(await get(ip, 81), '');
      const vm = await uuidOf('f8');
      const [rule] = await fwapi('GET', `/rules?vm=${vm}`);
      await fwapi('PUT', `/rules/${rule!.uuid}`, {
        rule: `FROM ip 192.0.2.77 TO vm ${vm} ALLOW tcp PORT 80`,
      });
      await waitUntil('it is open to another only', async () => (await get(ip, 80)) === '');
      assert.equal(await get('192.0.2.129', BASE), '');
    } finally {
      await ip4('netns', 'del', far);
      await ip4('link', 'del', far);
      await ok('rm', '-f', 'f8');
    }
  });

  it('rules have the texts of sdc-docker and go with their container, also when the daemon is away', async () => {
    const before = await rules();
    const many = Array.from({ length: 9 }, (_unused, at) => ['-p', `${BASE + 1 + at}:${100 + at}`]).flat();
    await ok(
      'create',
      '--name',
      'f3',
      ...many,
      '-p',
      '53/udp',
      '-p',
      `127.0.0.1:${BASE}:80`,
      '--expose',
      '99',
      'busybox',
    );
    const vm = await uuidOf('f3');
    assert.deepEqual(await rules(`?vm=${vm}`), [
      `FROM any TO vm ${vm} ALLOW tcp (${[100, 101, 102, 103, 104, 105, 106, 107].map((port) => `PORT ${port}`).join(' AND ')})`,
      `FROM any TO vm ${vm} ALLOW tcp PORT 108`,
      `FROM any TO vm ${vm} ALLOW udp PORT 53`,
    ]);
    await ok('rm', 'f3');
    await waitUntil('its rules are gone', async () => (await rules()).length === before.length);
    await ok('run', '--rm', '-P', '--expose', '80', 'busybox', 'true');
    await waitUntil('those of a --rm container too', async () => (await rules()).length === before.length);
    assert.equal(
      (await s.stack.docker(['create', '--name', 'f4', '-p', '80', '--memory', '900t', 'busybox'])).code,
      1,
    );
    assert.deepEqual(await rules(), before);
    await ok('create', '--name', 'f5', '-p', '80', 'busybox');
    const gone = await uuidOf('f5');
    await s.stack.kill9('daemon');
    await vmapi('DELETE', `/vms/${gone}?sync=true`);
    assert.notDeepEqual(await rules(), before);
    await s.stack.start('daemon');
    await waitUntil(
      'the daemon has looked what is gone',
      async () => (await rules()).length === before.length,
    );
    assert.deepEqual(await rules(), before);
  });

  it('the firewall of a VM can be switched off and on while it runs', async () => {
    const ip = await start('f6');
    await ok('run', '-d', '--name', 'f7', 'busybox', 'sleep', '1000');
    const [docker] = await fwapi('GET', '/rules?tag=sdc_docker&protocol=tcp');
    await fwapi('PUT', `/rules/${docker!.uuid}`, { enabled: false });
    await waitUntil('it is closed', async () => !(await reaches('f7', ip, 80)));
    const vm = await uuidOf('f6');
    await vmapi('POST', `/vms/${vm}?action=update&sync=true`, { firewall_enabled: false });
    assert.equal(await reaches('f7', ip, 80), true);
    await vmapi('POST', `/vms/${vm}?action=update&sync=true`, { firewall_enabled: true });
    assert.equal(await reaches('f7', ip, 80), false);
    await fwapi('PUT', `/rules/${docker!.uuid}`, { enabled: true });
    await ok('rm', '-f', 'f6', 'f7');
  });
});
