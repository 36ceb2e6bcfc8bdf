// What an endpoint asks of its interface: its name, its sysctls, link-local addresses; while containers run, and after everything was killed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const IFNAME = 'com.docker.network.endpoint.ifname';
const SYSCTLS = 'com.docker.network.endpoint.sysctls';

describe('interfaces of endpoints', () => {
  const s = suite('interfaces');
  const ok = (...args: string[]) => s.stack.ok(args);
  const fails = async (...args: string[]) => {
    const { code, stderr } = await s.stack.docker(args);
    assert.notEqual(code, 0, `${args.join(' ')} should fail`);
    return stderr.trim().split('\n\n')[0]!;
  };
  /** 'eth0 10.1.0.2/24' … without lo. */
  const addresses = async (container: string) => {
    const told = await ok('exec', container, 'ip', '-o', 'addr');
    return [...told.matchAll(/^\d+: (\S+) +inet6? (\S+)/gm)]
      .filter(([, name]) => name !== 'lo')
      .map(([, name, address]) => `${name} ${address}`);
  };
  const names = async (container: string) =>
    (await addresses(container)).filter((one) => / 10\./.test(one)).map((one) => one.split(' ')[0]);
  const sysctl = (container: string, file: string) => ok('exec', container, 'cat', `/proc/sys/net/${file}`);

  it('have the names, sysctls and addresses asked for, from the start, by a connect, and after kill -9', async () => {
    await ok('network', 'create', 'n0');
    await ok('network', 'create', 'n1');
    await ok('network', 'create', '--ipv6', 'n6');
    await ok(
      ...['run', '-d', '--name', 'ca'],
      ...[
        '--network',
        `name=n0,"driver-opt=${SYSCTLS}=net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.IFNAME.forwarding=0"`,
      ],
      ...['--network', `name=n1,driver-opt=${IFNAME}=eth0,driver-opt=x=y,link-local-ip=169.254.7.7`],
      ...['busybox', 'sleep', '1000'],
    );
    assert.deepEqual(await names('ca'), ['eth1', 'eth0']);
    assert.ok((await addresses('ca')).includes('eth0 169.254.7.7/16'));
    assert.equal(await sysctl('ca', 'ipv4/conf/eth1/log_martians'), '1');
    assert.equal(await sysctl('ca', 'ipv4/conf/eth1/forwarding'), '0');
    assert.equal(await sysctl('ca', 'ipv6/conf/eth1/disable_ipv6'), '1');
    const [{ NetworkSettings }] = JSON.parse(await ok('inspect', 'ca'));
    assert.deepEqual(NetworkSettings.Networks.n1.DriverOpts, { [IFNAME]: 'eth0', x: 'y' });
    assert.deepEqual(NetworkSettings.Networks.n1.IPAMConfig, { LinkLocalIPs: ['169.254.7.7'] });

    const connect = ['network', 'connect', '--driver-opt'];
    const back = [`${SYSCTLS}=net.ipv6.conf.IFNAME.accept_ra=1`, '--driver-opt', `${IFNAME}=back`];
    await ok(...connect, ...back, '--link-local-ip', 'fe80::77', 'n6', 'ca');
    const whole = ['eth1', 'eth0', 'back'];
    assert.deepEqual(await names('ca'), whole);
    assert.ok((await addresses('ca')).includes('back fe80::77/64'));
    assert.equal(await sysctl('ca', 'ipv6/conf/back/accept_ra'), '1');

    const both = ['coal', 'daemon'] as const;
    for (const program of both) await s.stack.kill9(program);
    await Promise.all(both.map((program) => s.stack.start(program)));
    assert.deepEqual(await names('ca'), whole);
    await ok('network', 'create', 'n2');
    await ok(...connect, `${IFNAME}=late`, 'n2', 'ca');
    assert.deepEqual(await names('ca'), [...whole, 'late']);
    await ok('network', 'disconnect', 'n6', 'ca');
    assert.deepEqual(await names('ca'), ['eth1', 'eth0', 'late']);
    await ok('restart', '-t', '0', 'ca');
    assert.deepEqual((await names('ca')).toSorted(), ['eth0', 'eth1', 'late']);
    assert.equal(await sysctl('ca', 'ipv4/conf/eth1/log_martians'), '1');
    await ok('rm', '-f', 'ca');
    await ok('network', 'rm', 'n0', 'n1', 'n2', 'n6');
  });

  it('what cannot be had is said in dockerd’s words, and leaves nothing', async () => {
    await ok('network', 'create', 'n3');
    await ok(
      'run',
      '-d',
      '--name',
      'cb',
      '--network',
      `name=bridge,driver-opt=${IFNAME}=front`,
      'busybox',
      'sleep',
      '1000',
    );
    const before = await addresses('cb');
    const url = 'http://d/containers/cb/stats?stream=false';
    const stats = await run('curl', ['-sS', '--unix-socket', s.stack.socketPath, url]);
    assert.deepEqual(Object.keys(JSON.parse(stats.stdout).networks), ['front']);
    const connect = (...args: string[]) => fails('network', 'connect', ...args, 'n3', 'cb');
    const opt = (name: string, value: string) => connect('--driver-opt', `${name}=${value}`);
    const added = 'Error response from daemon: failed to add interface veth\\w{7} to sandbox: ';
    const renamed = (name: string, reason: string) =>
      new RegExp(`^${added}error renaming interface "veth\\w{7}" to "${name}": ${reason}$`);
    assert.match(await opt(IFNAME, 'front'), renamed('front', 'file exists'));
    assert.match(await opt(IFNAME, 'a:b'), renamed('a:b', 'invalid argument'));
    assert.match(
      await opt(IFNAME, 'abcdefghijklmnop'),
      renamed('abcdefghijklmnop', 'numerical result out of range'),
    );
    const file = '/proc/sys/net/ipv4/conf/eth0';
    const nosuch = 'net.ipv4.conf.IFNAME.nosuch=1';
    assert.match(await opt(SYSCTLS, nosuch), new RegExp(`^${added}${file}/nosuch is not a sysctl file$`));
    assert.match(
      await opt(SYSCTLS, 'net.ipv4.conf.IFNAME.rp_filter=x'),
      new RegExp(
        `^${added}unable to write to '${file}/rp_filter': write ${file}/rp_filter: invalid argument$`,
      ),
    );
    assert.match(
      await opt(SYSCTLS, 'net.ipv4.conf.eth0.rp_filter=1'),
      /^Error response from daemon: invalid endpoint settings:\nunrecognised network interface sysctl 'net\.ipv4\.conf\.eth0\.rp_filter=1'; /,
    );
    // IPv6 is off on it.
    assert.match(
      await connect('--link-local-ip', 'fe80::1'),
      new RegExp(
        `^${added}error setting interface "veth\\w{7}" link local IPs to \\[fe80::1/64\\]: permission denied$`,
      ),
    );
    assert.deepEqual(await addresses('cb'), before);
    assert.equal(await ok('network', 'inspect', '-f', '{{len .Containers}}', 'n3'), '0');
    assert.equal(await ok('inspect', '-f', '{{len .NetworkSettings.Networks}}', 'cb'), '1');
    const refused = await fails(
      'run',
      '--name',
      'cc',
      '--network',
      `name=n3,driver-opt=${SYSCTLS}=${nosuch}`,
      'busybox',
      'true',
    );
    assert.match(
      refused,
      /^docker: Error response from daemon: failed to set up container networking: failed to add interface/,
    );
    assert.match(await ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'cc'), /^created 128$/);
    await ok('rm', '-f', 'cb', 'cc');
    await ok('network', 'rm', 'n3');
  });

  it('one that shall not speak IPv6 has no address of it; --sysctl of an interface is for old clients', async () => {
    await ok('network', 'create', '--ipv6', 'n6');
    const off = `driver-opt=${SYSCTLS}=net.ipv6.conf.IFNAME.disable_ipv6=1`;
    await ok('run', '-d', '--name', 'cd', '--network', `name=n6,${off}`, 'busybox', 'sleep', '1000');
    assert.equal((await addresses('cd')).length, 1);
    assert.equal(await ok('inspect', '-f', '{{.NetworkSettings.Networks.n6.GlobalIPv6Address}}', 'cd'), '');
    await ok('rm', '-f', 'cd');
    await ok('network', 'rm', 'n6');
    const asked = ['run', '--rm', '--sysctl', 'net.ipv4.conf.eth0.log_martians=1', 'busybox'];
    const read = [...asked, 'cat', '/proc/sys/net/ipv4/conf/eth0/log_martians'];
    assert.match(
      await fails(...read),
      /must be supplied using driver option 'com\.docker\.network\.endpoint\.sysctls'$/,
    );
    const old = await s.stack.docker(read, { env: { DOCKER_API_VERSION: '1.46' } });
    assert.equal(old.stdout.trim(), '1');
    assert.match(old.stderr, /^WARNING: Migrated sysctl "net\.ipv4\.conf\.eth0\.log_martians" to DriverOpts/);
  });
});
