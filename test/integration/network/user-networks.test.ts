// Networks of a user's own: made, used, changed while containers run, kept apart, and gone without a trace.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('user networks', () => {
  const s = suite('usernet');
  const ok = (...args: string[]) => s.stack.ok(args);
  const fails = async (...args: string[]) => {
    const { code, stderr } = await s.stack.docker(args);
    assert.notEqual(code, 0, `${args.join(' ')} should fail`);
    return stderr.trim().split('\n\n')[0]!;
  };
  const sleeper = (name: string, ...args: string[]) =>
    ok('run', '-d', '--name', name, ...args, 'busybox', 'sleep', '1000');
  const ipOf = (name: string, network: string) =>
    ok('inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name);
  const ping = async (from: string, ip: string) =>
    (await s.stack.docker(['exec', from, 'ping', '-c', '1', '-W', '1', ip])).code === 0;
  const bridges = async () =>
    (await readdir('/sys/class/net')).filter((name) => name.startsWith(`${s.stack.bridge}f`));

  it('keeps networks apart, joins and parts them while containers run', async () => {
    await ok('network', 'create', 'one');
    await ok('network', 'create', 'two');
    await sleeper('ca', '--network', 'one');
    await sleeper('cb', '--network', 'one');
    await sleeper('cc', '--network', 'two');
    const [b, c] = [await ipOf('cb', 'one'), await ipOf('cc', 'two')];
    assert.ok(await ping('ca', b));
    assert.ok(!(await ping('ca', c)));
    assert.equal((await bridges()).length, 2);

    await ok('network', 'connect', '--alias', 'x', 'two', 'ca');
    assert.ok(await ping('ca', c));
    assert.match(await ok('exec', 'ca', 'ip', '-o', '-4', 'addr'), /eth1/);
    assert.match(await ok('exec', 'ca', 'cat', '/etc/hosts'), new RegExp(await ipOf('ca', 'two')));
    assert.match(
      await fails('network', 'connect', 'two', 'ca'),
      /endpoint with name ca already exists in network two$/,
    );

    await ok('network', 'disconnect', 'one', 'ca');
    assert.ok(!(await ping('ca', b)));
    assert.ok(await ping('ca', c));
    // The default route has followed.
    assert.match(await ok('exec', 'ca', 'ip', 'route'), /default via \S+ dev eth1/);
    assert.match(await fails('network', 'rm', 'two'), /network two has active endpoints \(name:/);

    await ok('restart', '-t', '0', 'ca');
    assert.ok(await ping('ca', c));
    assert.equal(
      await ok(
        'inspect',
        '-f',
        '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{$v.Aliases}}{{end}}',
        'ca',
      ),
      'two [x]',
    );
    await ok('rm', '-f', 'ca', 'cb', 'cc');
    await ok('network', 'rm', 'one', 'two');
    assert.deepEqual(await bridges(), []);
  });

  it('takes subnet, gateway, range, fixed address and MAC, and refuses what is taken', async () => {
    await ok(
      ...['network', 'create', '--subnet', '198.19.239.0/24', '--gateway', '198.19.239.254'],
      ...[
        '--ip-range',
        '198.19.239.128/25',
        '--aux-address',
        'router=198.19.239.129',
        '--label',
        'a=b',
        'made',
      ],
    );
    const config = JSON.parse(await ok('network', 'inspect', '-f', '{{json .IPAM.Config}}', 'made'));
    assert.deepEqual(config, [
      {
        Subnet: '198.19.239.0/24',
        IPRange: '198.19.239.128/25',
        Gateway: '198.19.239.254',
        AuxiliaryAddresses: { router: '198.19.239.129' },
      },
    ]);
    await sleeper('cf', '--network', 'made', '--ip', '198.19.239.7', '--mac-address', '02:42:0a:63:00:07');
    assert.equal(await ipOf('cf', 'made'), '198.19.239.7');
    assert.match(await ok('exec', 'cf', 'ip', 'link', 'show', 'eth0'), /02:42:0a:63:00:07/);
    const unasked = await ok(
      'run',
      '--rm',
      '--network',
      'made',
      'busybox',
      'ip',
      '-o',
      '-4',
      'addr',
      'show',
      'eth0',
    );
    const last = Number(/198\.19\.239\.(\d+)/.exec(unasked)?.[1]);
    assert.ok(last >= 128 && last !== 129 && last !== 254, unasked);

    const run = (...args: string[]) => fails('run', '--rm', ...args, 'busybox', 'true');
    assert.match(await run('--network', 'made', '--ip', '198.19.239.7'), /Address already in use$/);
    assert.match(
      await run('--network', 'made', '--ip', '198.19.230.7'),
      /no configured subnet contains IP address 198\.19\.230\.7$/,
    );
    assert.match(
      await run('--ip', '198.19.239.8'),
      /user-specified IP address is supported on user-defined networks only$/,
    );
    assert.match(
      await run('--network-alias', 'y'),
      /network-scoped aliases are only supported for user-defined networks$/,
    );
    assert.match(
      await fails('network', 'create', '--subnet', '198.19.239.128/25', 'over'),
      /Pool overlaps with other one on this address space$/,
    );
    assert.match(await fails('network', 'create', 'made'), /network with name made already exists$/);
    assert.match(
      await fails('network', 'create', 'bridge'),
      /operation is not permitted on predefined bridge network/,
    );
    assert.match(
      await fails('network', 'rm', 'bridge'),
      /bridge is a pre-defined network and cannot be removed/,
    );
    assert.equal(
      await ok('network', 'ls', '-q', '--filter', 'label=a=b', '--no-trunc').then((id) => id.length),
      64,
    );
    await ok('rm', '-f', 'cf');
    assert.match(await ok('network', 'prune', '-f'), /made/);
  });

  it('an internal network leads nowhere, and has no default route', async () => {
    await ok('network', 'create', '--internal', 'shut');
    await sleeper('ci', '--network', 'shut');
    await sleeper('cj', '--network', 'shut');
    assert.ok(await ping('ci', await ipOf('cj', 'shut')));
    assert.ok(!/default/.test(await ok('exec', 'ci', 'ip', 'route')));
    // The machine answers there all the same: its name server will.
    assert.ok(
      await ping('ci', await ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', 'shut')),
    );
    await ok('rm', '-f', 'ci', 'cj');
    await ok('network', 'rm', 'shut');
  });

  it('takes its settings from a configuration network, which stays while one does, also over a kill -9 of the daemon', async () => {
    const subnet = ['--subnet', '198.19.238.0/24', '--gateway', '198.19.238.9'];
    await ok('network', 'create', '--config-only', ...subnet, '--label', 'a=b', 'settings');
    await ok('network', 'create', '--config-from', 'settings', 'taker');
    await sleeper('ck', '--network', 'taker', '--ip', '198.19.238.20');
    assert.match(await ok('exec', 'ck', 'ip', 'route'), /default via 198\.19\.238\.9 dev eth0/);
    await s.stack.kill9('daemon');
    await s.stack.start('daemon');
    const shown = '{{.ConfigFrom.Network}} {{.ConfigOnly}} {{json .Labels}}';
    assert.equal(await ok('network', 'inspect', '-f', shown, 'taker'), 'settings false {"a":"b"}');
    assert.equal(await ok('network', 'inspect', '-f', shown, 'settings'), ' true {"a":"b"}');
    assert.match(
      await fails('network', 'rm', 'settings'),
      /error while removing network: configuration network "settings" is in use$/m,
    );
    assert.match(
      await fails('network', 'connect', 'settings', 'ck'),
      /cannot create endpoint on configuration-only network$/,
    );
    await ok('rm', '-f', 'ck');
    await ok('network', 'rm', 'taker', 'settings');
  });

  it('enable_icc=false keeps neighbours apart but for published ports; enable_ip_masquerade=false leaves addresses', async () => {
    const bridge = 'com.docker.network.bridge';
    await ok('network', 'create', '--ipv6', '-o', `${bridge}.enable_icc=false`, 'apart');
    const six = (name: string) =>
      ok('inspect', '-f', '{{(index .NetworkSettings.Networks "apart").GlobalIPv6Address}}', name);
    await ok(...['run', '-d', '--name', 'ia', '--network', 'apart', '-p', '80', 'busybox', 'sleep', '1000']);
    await sleeper('ib', '--network', 'apart');
    assert.ok(!(await ping('ib', await ipOf('ia', 'apart'))));
    assert.ok(!(await ping('ib', await six('ia'))));
    const gateway = await ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', 'apart');
    assert.ok(await ping('ib', gateway));
    const port = /:(\d+)/.exec(await ok('port', 'ia', '80'))![1]!;
    await ok('exec', '-d', 'ia', 'nc', '-ll', '-p', '80', '-e', 'echo', 'hello');
    const ask = () => s.stack.docker(['exec', 'ib', 'sh', '-c', `echo | nc -w 2 ${gateway} ${port}`]);
    await waitUntil('the published port answers', async () => (await ask()).stdout === 'hello\n');

    await ok('network', 'create', '-o', `${bridge}.enable_ip_masquerade=false`, 'plain');
    await sleeper('ic', '--network', 'plain');
    const subnet = await ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', 'plain');
    const { stdout } = await run('nft', ['list', 'set', 'ip', s.stack.bridge, 'natted']);
    assert.ok(!stdout.includes(subnet));
    await ok('rm', '-f', 'ia', 'ib', 'ic');
    await ok('network', 'rm', 'apart', 'plain');
  });

  it('several networks at create; the default route by priority', async () => {
    await ok('network', 'create', 'aa');
    await ok('network', 'create', 'bb');
    const route = async (...args: string[]) =>
      /default via (\S+)/.exec(await ok('run', '--rm', ...args, 'busybox', 'ip', 'route'))?.[1];
    const gateway = (name: string) =>
      ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', name);
    assert.equal(await route('--network', 'bb', '--network', 'aa'), await gateway('aa'));
    assert.equal(await route('--network', 'name=bb,gw-priority=1', '--network', 'aa'), await gateway('bb'));
    await ok('network', 'rm', 'aa', 'bb');
  });

  it('published ports follow a container from one network to the next', async () => {
    await ok('network', 'create', 'p1');
    await ok('network', 'create', 'p2');
    const serve = 'echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp';
    await ok('run', '-d', '--name', 'pw', '--network', 'p1', '-p', '80', 'busybox', 'sh', '-c', serve);
    const port = (await ok('port', 'pw', '80/tcp')).split('\n')[0]!.split(':')[1];
    const answers = async () => {
      const res = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) }).catch(
        () => null,
      );
      return (await res?.text())?.trim() === 'hello';
    };
    await waitUntil('it answers', answers);
    await ok('network', 'connect', 'p2', 'pw');
    await ok('network', 'disconnect', 'p1', 'pw');
    await waitUntil('it answers on its other network', answers);
    assert.equal((await ok('port', 'pw', '80/tcp')).split('\n')[0]!.split(':')[1], port);

    // Nothing is published on an internal network: two may ask for one port. On another network it is, for as long as it is there.
    await ok('network', 'disconnect', 'p2', 'pw');
    assert.ok(!(await answers()));
    await ok('network', 'create', '--internal', 'shut');
    for (const name of ['pi', 'pj'])
      await ok(
        ...['run', '-d', '--name', name, '--network', 'shut', '-p', `${port}:80`, 'busybox'],
        'sh',
        '-c',
        serve,
      );
    assert.equal(await ok('port', 'pi'), '');
    assert.ok(!(await answers()));
    await ok('network', 'connect', 'p1', 'pi');
    assert.match(await ok('port', 'pi'), new RegExp(`^80/tcp -> 0.0.0.0:${port}$`, 'm'));
    await waitUntil('it answers on a network that leads out', answers);
    await ok('network', 'disconnect', 'p1', 'pi');
    assert.ok(!(await answers()));
    assert.equal(await ok('port', 'pi'), '');
    await ok('rm', '-f', 'pw', 'pi', 'pj');
    await ok('network', 'rm', 'p1', 'p2', 'shut');
  });

  it('a network that is not there is looked for at the start, and one that went is looked for again', async () => {
    await ok('create', '--name', 'early', '--network', 'late', 'busybox', 'sleep', '1000');
    assert.match(await fails('start', 'early'), /network late not found/);
    await ok('network', 'create', 'late');
    await ok('start', 'early');
    assert.notEqual(await ipOf('early', 'late'), '');
    await ok('stop', '-t', '0', 'early');
    await ok('network', 'rm', 'late');
    assert.match(await fails('start', 'early'), /network late not found/);
    await ok('network', 'create', 'late');
    await ok('start', 'early');
    await ok('rm', '-f', 'early');
    await ok('network', 'rm', 'late');
  });

  it("a successor may be made while who has its addresses runs, and a stopped container's are whoever's who starts", async () => {
    await ok('network', 'create', '--subnet', '198.19.237.0/24', 'fixed');
    const asked = ['--network', 'fixed', '--ip', '198.19.237.7', '--mac-address', '02:42:0a:61:00:07'];
    const whatOf = (name: string) =>
      ok(
        'inspect',
        '-f',
        '{{with index .NetworkSettings.Networks "fixed"}}{{.IPAddress}} {{.MacAddress}}{{end}}',
        name,
      );
    await sleeper('old', ...asked);
    await ok('create', '--name', 'new', ...asked, 'busybox', 'sleep', '1000');
    assert.match(
      await fails('start', 'new'),
      /failed to set up container networking: (MAC a|A)ddress already in use$/m,
    );
    assert.equal(await whatOf('old'), '198.19.237.7 02:42:0a:61:00:07');
    // compose 2 and 5 remove the old one first, compose 1 only stops it.
    await ok('stop', '-t', '0', 'old');
    await ok('start', 'new');
    assert.equal(await whatOf('new'), '198.19.237.7 02:42:0a:61:00:07');
    assert.match(await fails('start', 'old'), /ddress already in use$/m);
    await ok('rm', '-f', 'new');
    await ok('start', 'old');
    assert.equal(await whatOf('old'), '198.19.237.7 02:42:0a:61:00:07');
    // Also one that nobody asked for.
    await ok('network', 'create', '--subnet', '198.19.236.0/29', 'small');
    await sleeper('any', '--network', 'small');
    const ip = await ipOf('any', 'small');
    await ok('stop', '-t', '0', 'any');
    await sleeper('asks', '--network', 'small', '--ip', ip);
    await ok('start', 'any');
    assert.notEqual(await ipOf('any', 'small'), ip);
    assert.equal(await ipOf('asks', 'small'), ip);
    await ok('rm', '-f', 'old', 'any', 'asks');
    await ok('network', 'rm', 'fixed', 'small');
  });

  it('tells connect and disconnect, and what goes on outlives kill -9 of everything', async () => {
    await ok('network', 'create', 'kept');
    await sleeper('ck', '--network', 'kept');
    await sleeper('cl', '--network', 'kept');
    await ok('network', 'connect', 'bridge', 'ck');
    await ok('network', 'disconnect', 'bridge', 'ck');
    const until = String(Math.ceil(Date.now() / 1000) + 1);
    const events = await ok(
      'events',
      '--since',
      '10m',
      '--until',
      until,
      '--filter',
      'network=bridge',
      '--format',
      '{{.Action}}',
    );
    assert.deepEqual(events.split('\n').slice(-2), ['connect', 'disconnect']);
    for (const program of ['coal', 'daemon'] as const) {
      await s.stack.kill9(program);
      await s.stack.start(program);
    }
    await s.stack.ready();
    const ip = await ipOf('cl', 'kept');
    assert.ok(await ping('ck', ip));
    await ok('network', 'connect', 'bridge', 'ck');
    await ok('network', 'disconnect', 'kept', 'ck');
    await waitUntil('it is off the network', async () => !(await ping('ck', ip)));
    await ok('rm', '-f', 'ck', 'cl');
    await ok('network', 'rm', 'kept');
    assert.deepEqual(await bridges(), []);
  });
});
