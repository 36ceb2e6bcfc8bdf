// IPv6 wherever networks are: made, addressed, named, joined while running, kept apart, filtered, published, and gone without a trace.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { askCoal } from '#test/harness/ask-coal.ts';
import { run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('IPv6', () => {
  const s = suite('ipv6');
  const ok = (...args: string[]) => s.stack.ok(args);
  const fails = async (...args: string[]) => {
    const { code, stderr } = await s.stack.docker(args);
    assert.notEqual(code, 0, `${args.join(' ')} should fail`);
    return stderr.trim().split('\n\n')[0]!;
  };
  /** Stacks that run side by side share the machine's routes. */
  const net = (n: number) =>
    `fdc7:${createHash('sha256').update(s.stack.bridge).digest('hex').slice(0, 4).replace(/^0+/, '1')}:${n}`;
  const sleeper = (name: string, ...args: string[]) =>
    ok('run', '-d', '--name', name, ...args, 'busybox', 'sleep', '1000');
  const place = async (name: string, network: string) =>
    JSON.parse(await ok('inspect', '-f', `{{json (index .NetworkSettings.Networks "${network}")}}`, name));
  const ping = async (from: string, to: string) =>
    (await s.stack.docker(['exec', from, 'ping', '-6', '-c', '1', '-W', '1', to])).code === 0;

  it('a network of both families: inspect, addresses, names, the way out', async () => {
    await ok(
      'network',
      'create',
      '--ipv6',
      '--subnet',
      '198.19.235.0/24',
      '--subnet',
      `${net(1)}::/64`,
      'both',
    );
    const shown = JSON.parse(await ok('network', 'inspect', 'both'))[0];
    assert.equal(shown.EnableIPv6, true);
    assert.deepEqual(shown.IPAM.Config, [
      { Subnet: '198.19.235.0/24', Gateway: '198.19.235.1' },
      { Subnet: `${net(1)}::/64`, Gateway: `${net(1)}::1` },
    ]);
    await sleeper('ca', '--network', 'both');
    await sleeper('cb', '--network', 'both', '--ip6', `${net(1)}::55`);
    const a = await place('ca', 'both');
    assert.deepEqual(
      [a.GlobalIPv6Address, a.GlobalIPv6PrefixLen, a.IPv6Gateway],
      [`${net(1)}::2`, 64, `${net(1)}::1`],
    );
    const b = await place('cb', 'both');
    assert.deepEqual(
      [b.GlobalIPv6Address, b.IPAMConfig],
      [`${net(1)}::55`, { IPv6Address: `${net(1)}::55` }],
    );
    const { Containers } = JSON.parse(await ok('network', 'inspect', 'both'))[0];
    const addresses = Object.values(Containers as Record<string, { IPv6Address: string }>);
    assert.deepEqual(addresses.map((one) => one.IPv6Address).sort(), [`${net(1)}::2/64`, `${net(1)}::55/64`]);
    assert.ok(await ping('ca', 'cb'));
    assert.ok(await ping('ca', `${net(1)}::1`));
    assert.match(await ok('exec', 'ca', 'cat', '/etc/hosts'), new RegExp(`^${net(1)}::2\t`, 'm'));
    assert.match(
      await ok('exec', 'ca', 'nslookup', '-type=aaaa', 'cb'),
      new RegExp(`Address: ${net(1)}::55$`, 'm'),
    );
    assert.match(await ok('exec', 'ca', 'nslookup', `${net(1)}::55`), /name = cb\.both$/m);
    const url = 'http://d/v1.52/networks/both';
    const { stdout: told } = await run('curl', ['-s', '--unix-socket', s.stack.socketPath, url]);
    assert.match(
      told,
      new RegExp(`"Status":.*"${net(1)}::/64":{"IPsInUse":4,"DynamicIPsAvailable":18446744073709551612}`),
    );
    assert.match(told, /"198\.19\.235\.0\/24":{"IPsInUse":5,"DynamicIPsAvailable":251}/);
    // Through the machine: one of its addresses that is on no network of ours.
    const way = await ok('exec', 'ca', 'ip', '-6', 'route', 'get', '2001:db8::1');
    assert.match(way, new RegExp(`via ${net(1)}::1 `));
    assert.match(
      await fails('run', '--network', 'both', '--ip6', `${net(1)}::55`, 'busybox'),
      /Address already in use$/,
    );
    assert.match(
      await fails('run', '--network', 'both', '--ip6', 'fd00:9::1', 'busybox'),
      /no configured subnet contains IP address fd00:9::1$/,
    );
  });

  it('a network of IPv4 only has no IPv6 inside, and a name there has no AAAA', async () => {
    await ok('network', 'create', 'four');
    await sleeper('cc', '--network', 'four');
    assert.equal((await place('cc', 'four')).GlobalIPv6Address, '');
    assert.equal(await ok('exec', 'cc', 'cat', '/proc/sys/net/ipv6/conf/eth0/disable_ipv6'), '1');
    const { code, stdout } = await s.stack.docker(['exec', 'cc', 'nslookup', '-type=aaaa', 'cc']);
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(stdout, /NXDOMAIN/);
  });

  it('joins and parts while the container runs; networks are kept apart', async () => {
    await ok('network', 'create', '--ipv6', '--subnet', `${net(2)}::/64`, 'other');
    await sleeper('cd', '--network', 'other');
    const { GlobalIPv6Address: d } = await place('cd', 'other');
    assert.ok(!(await ping('ca', d)));
    await ok('network', 'connect', '--ip6', `${net(2)}::77`, 'other', 'ca');
    assert.ok(await ping('ca', d));
    assert.ok(await ping('cd', 'ca'));
    assert.match(await ok('exec', 'ca', 'cat', '/etc/hosts'), new RegExp(`^${net(2)}::77\t`, 'm'));
    await ok('network', 'connect', 'other', 'cc');
    assert.equal(await ok('exec', 'cc', 'cat', '/proc/sys/net/ipv6/conf/eth1/disable_ipv6'), '0');
    assert.ok(await ping('cc', d));
    await ok('network', 'disconnect', 'other', 'ca');
    assert.ok(!(await ping('ca', d)));
    assert.doesNotMatch(await ok('exec', 'ca', 'cat', '/etc/hosts'), new RegExp(`${net(2)}::77`));
    await ok('restart', '-t', '0', 'cd');
    assert.ok(await ping('cc', (await place('cd', 'other')).GlobalIPv6Address));
  });

  it('takes gateway, range and what is reserved; without a subnet one of the unique local ones', async () => {
    await ok(
      ...['network', 'create', '--ipv6', '--subnet', `${net(3)}::/64`, '--gateway', `${net(3)}::ffff`],
      ...['--ip-range', `${net(3)}::5:0/112`, '--aux-address', `x=${net(3)}::5:0`, 'made'],
    );
    await sleeper('ce', '--network', 'made');
    const e = await place('ce', 'made');
    assert.deepEqual([e.GlobalIPv6Address, e.IPv6Gateway], [`${net(3)}::5:1`, `${net(3)}::ffff`]);
    for (const name of ['pool1', 'pool2']) await ok('network', 'create', '--ipv6', name);
    const [one, two] = await Promise.all(
      ['pool1', 'pool2'].map(async (name) => {
        const { IPAM } = JSON.parse(await ok('network', 'inspect', name))[0];
        return IPAM.Config[1].Subnet as string;
      }),
    );
    assert.match(one!, /^fd[0-9a-f]{2}:.*::\/64$/);
    assert.notEqual(one, two);
    assert.match(
      await fails('network', 'create', '--ipv6', '--subnet', `${net(3)}::/80`, 'again'),
      /Pool overlaps with other one on this address space$/,
    );
    assert.match(
      await fails('network', 'create', '--ipv6', '--subnet', `${net(4)}::1/64`, 'again'),
      /it should be fdc7:\S+::\/64$/,
    );
    // A refusal leaves nothing: neither half, nor the VLAN.
    assert.deepEqual((await ok('network', 'ls', '-q', '--filter', 'name=again')).trim(), '');
  });

  it('closed by default: what is not published does not come in, also not from another network', async () => {
    await ok('exec', '-d', 'cb', 'nc', '-ll', '-p', '99', '-e', 'echo', 'hello');
    const ask = (from: string, ip: string) =>
      s.stack.docker(['exec', from, 'sh', '-c', `echo | nc -w 2 ${ip} 99`]);
    await waitUntil('nc listens', async () => (await ask('ca', `${net(1)}::55`)).stdout.trim() === 'hello');
    assert.notEqual((await ask('cd', `${net(1)}::55`)).stdout.trim(), 'hello');
  });

  it('rules of FWAPI hold for IPv6 addresses too, each for its own family', async () => {
    const ask = (to: string) => s.stack.docker(['exec', 'ca', 'sh', '-c', `echo | nc -w 1 ${to} 99`]);
    const heard = async (to: string) => (await ask(to)).stdout.trim() === 'hello';
    const [six, { IPAddress: four }] = [`${net(1)}::55`, await place('cb', 'both')];
    assert.deepEqual([await heard(six), await heard(four)], [true, true]);
    const rule = { rule: `FROM all vms TO subnet ${net(1)}::50/124 BLOCK tcp PORT 99`, enabled: true };
    const made = await askCoal<{ uuid: string }>(s.stack, 'fwapi', [
      'POST',
      '/rules',
      { ...rule, global: true },
    ]);
    await waitUntil('the rule is applied', async () => !(await heard(six)));
    assert.ok(await heard(four));
    await askCoal(s.stack, 'fwapi', ['DELETE', `/rules/${made.uuid}`]);
    await waitUntil('the rule is gone', () => heard(six));
  });

  it('an internal network leads nowhere, by IPv6 neither', async () => {
    await ok('network', 'create', '--ipv6', '--internal', 'inner');
    await sleeper('ci', '--network', 'inner');
    assert.equal((await place('ci', 'inner')).IPv6Gateway, '');
    assert.doesNotMatch(await ok('exec', 'ci', 'ip', '-6', 'route'), /default/);
    await ok('rm', '-f', 'ci');
    await ok('network', 'rm', 'inner');
  });

  it('publishes on [::] and on one IPv6 address of the machine, into the container by its IPv6', async () => {
    const web = 'mkdir -p /w; echo web > /w/index.html; exec httpd -f -p 80 -h /w';
    await ok(
      ...['run', '-d', '--name', 'cw', '--network', 'both', '-p', '80', '-p', '[::1]::80'],
      ...['busybox', 'sh', '-c', web],
    );
    const shown = await ok('port', 'cw', '80');
    const everywhere = /^\[::\]:(\d+)$/m.exec(shown)?.[1];
    const loopback = /^\[::1\]:(\d+)$/m.exec(shown)?.[1];
    assert.ok(everywhere && loopback, shown);
    const own = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv6' && !one.internal && !one.address.startsWith('fe80'))!.address;
    const get = async (host: string, port: string) =>
      (
        await run('curl', ['-s', '-m', '3', `http://[${host}]:${port}/`], { timeoutMs: 10_000 })
      ).stdout.trim();
    await waitUntil('the port answers', async () => (await get('::1', loopback)) === 'web');
    for (const host of ['::1', own, `${net(1)}::1`]) assert.equal(await get(host, everywhere), 'web', host);
    assert.equal(await get(own, loopback), '');
    // From another network by the machine's address (the kernel forwards, the firewall knows the port), a neighbour, and the container itself.
    for (const from of ['cd', 'ca', 'cw']) {
      const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${own} ${everywhere}`;
      assert.match(await ok('exec', from, 'sh', '-c', ask), /web$/, from);
    }
    const table = (await run('nft', ['list', 'table', 'ip6', `${s.stack.bridge}-ports`])).stdout;
    const { GlobalIPv6Address: ip } = await place('cw', 'both');
    assert.match(table, new RegExp(`tcp \\. ${everywhere} : ${ip} \\. 80`));
    await s.stack.kill9('coal');
    assert.equal(await get(own, everywhere), 'web');
    await s.stack.start('coal');
    assert.equal(await get('::1', everywhere), 'web');
    await ok('rm', '-f', 'cw');
    assert.equal(await get(own, everywhere), '');
    const after = (await run('nft', ['list', 'table', 'ip6', `${s.stack.bridge}-ports`])).stdout;
    assert.doesNotMatch(after, /: fd/);
  });

  it('survives kill -9 of CoaL, and leaves nothing', async () => {
    await s.stack.kill9('coal');
    await s.stack.start('coal');
    assert.ok(await ping('ca', 'cb'));
    await ok('rm', '-f', 'ca', 'cb', 'cc', 'cd', 'ce');
    await ok('network', 'rm', 'both', 'four', 'other', 'made', 'pool1', 'pool2');
    const { stdout } = await run('nft', ['list', 'table', 'ip6', s.stack.bridge]);
    assert.doesNotMatch(stdout, new RegExp(`${s.stack.bridge}f`));
    const { stdout: wall } = await run('nft', ['list', 'table', 'ip6', `${s.stack.bridge}-fw`]);
    assert.doesNotMatch(wall, /elements/);
  });
});
