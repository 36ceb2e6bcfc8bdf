// Networks of a user's own: made, listed, joined, left, removed, and what is refused.
import { create, filters, inspected, launch, remove, type Scenario } from './scenario.ts';

const onNet = (network: string, endpoint: object = {}) => ({
  Image: 'busybox',
  Cmd: ['sleep', '1000'],
  HostConfig: { NetworkMode: network },
  NetworkingConfig: { EndpointsConfig: { [network]: endpoint } },
});
const ipam = (...Config: object[]): object => ({ IPAM: { Driver: 'default', Config } });

export const networkScenarios: Scenario[] = [
  {
    name: 'networks: made, shown, found, removed',
    async play(d) {
      const make = (body: object) => d.api('POST', '/networks/create', { CheckDuplicate: true, ...body });
      const out = {
        create: await make({
          Name: 'net1',
          Driver: 'bridge',
          Attachable: true,
          Internal: true,
          Labels: { a: 'b' },
          Options: { 'com.docker.network.driver.mtu': '1400' },
          ...ipam({
            Subnet: `${d.subnet}.1.0/24`,
            Gateway: `${d.subnet}.1.254`,
            IPRange: `${d.subnet}.1.128/25`,
            AuxiliaryAddresses: { x: `${d.subnet}.1.130` },
          }),
        }),
        inspect: await d.api('GET', '/networks/net1'),
        again: await make({ Name: 'net1' }),
        overlap: await make({ Name: 'net2', ...ipam({ Subnet: `${d.subnet}.1.0/25` }) }),
        byLabel: await d.api('GET', `/networks?${filters({ label: ['a=b'] })}`),
        byName: await names(d.api('GET', `/networks?${filters({ name: ['et1'] })}`)),
        custom: await names(d.api('GET', `/networks?${filters({ type: ['custom'] })}`)),
        builtin: await names(d.api('GET', `/networks?${filters({ type: ['builtin'] })}`)),
        dangling: await names(d.api('GET', `/networks?${filters({ dangling: ['true'] })}`)),
        badType: await d.api('GET', `/networks?${filters({ type: ['x'] })}`),
        badFilter: await d.api('GET', `/networks?${filters({ nosuch: ['x'] })}`),
        rm: await d.api('DELETE', '/networks/net1'),
        rmAgain: await d.api('DELETE', '/networks/net1'),
        cliLs: (await d.cli('network', 'ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}')).stdout,
      };
      return out;
    },
  },
  {
    name: 'networks: what is refused',
    async play(d) {
      const make = (body: object) => d.api('POST', '/networks/create', { Name: 'bad1', ...body });
      return {
        predefined: await make({ Name: 'bridge' }),
        host: await make({ Name: 'none' }),
        noName: await make({ Name: '' }),
        overlay: await make({ Driver: 'overlay' }),
        hostDriver: await make({ Driver: 'host' }),
        twoSubnets: await make(ipam({ Subnet: `${d.subnet}.2.0/24` }, { Subnet: `${d.subnet}.3.0/24` })),
        rmBridge: await d.api('DELETE', '/networks/bridge'),
        rmNothing: await d.api('DELETE', '/networks/nothing'),
        inspectNothing: await d.api('GET', '/networks/nothing'),
        connectNothing: await d.api('POST', '/networks/nothing/connect', { Container: 'nobody' }),
        connectNobody: await d.api('POST', '/networks/bridge/connect', { Container: 'nobody' }),
        disconnectNobody: await d.api('POST', '/networks/bridge/disconnect', { Container: 'nobody' }),
        cli: await d.cli('network', 'rm', 'nothing'),
      };
    },
  },
  {
    name: 'networks: joined and left by a container that runs',
    async play(d) {
      await d.api('POST', '/networks/create', { Name: 'neta', ...ipam({ Subnet: `${d.subnet}.4.0/24` }) });
      await d.api('POST', '/networks/create', { Name: 'netb', ...ipam({ Subnet: `${d.subnet}.5.0/24` }) });
      await launch(
        d,
        'nw1',
        onNet('neta', { Aliases: ['one'], IPAMConfig: { IPv4Address: `${d.subnet}.4.9` } }),
      );
      const connect = (network: string, body: object = {}) =>
        d.api('POST', `/networks/${network}/connect`, { Container: 'nw1', ...body });
      const out = {
        alone: await settings(d, 'nw1'),
        connect: await connect('netb', { EndpointConfig: { Aliases: ['two'] } }),
        again: await connect('netb'),
        both: await settings(d, 'nw1'),
        containers: await d.api('GET', '/networks/netb'),
        active: (await d.api('DELETE', '/networks/netb')).status,
        none: await connect('none'),
        host: (await connect('host')).status,
        inUse: await d.api('POST', '/networks/neta/connect', {
          Container: 'nw1',
          EndpointConfig: { IPAMConfig: { IPv4Address: `${d.subnet}.4.9` } },
        }),
        leave: await d.api('POST', '/networks/neta/disconnect', { Container: 'nw1' }),
        leaveAgain: await d.api('POST', '/networks/neta/disconnect', { Container: 'nw1' }),
        left: await settings(d, 'nw1'),
        rm: await d.api('DELETE', '/networks/neta'),
      };
      await remove(d, 'nw1');
      await d.api('DELETE', '/networks/netb');
      return out;
    },
  },
  {
    name: 'networks: joined and left by a container that does not run',
    async play(d) {
      await d.api('POST', '/networks/create', { Name: 'netc', ...ipam({ Subnet: `${d.subnet}.6.0/24` }) });
      await create(d, 'nw2', { Image: 'busybox', Cmd: ['true'] });
      const ask = (verb: string) => d.api('POST', `/networks/netc/${verb}`, { Container: 'nw2' });
      const out = {
        connect: await ask('connect'),
        again: await ask('connect'),
        names: Object.keys((await settings(d, 'nw2')) as object).sort(),
        disconnect: await ask('disconnect'),
        disconnectAgain: await ask('disconnect'),
        left: Object.keys((await settings(d, 'nw2')) as object),
        prune: await d.api('POST', `/networks/prune?${filters({ label: ['none=such'] })}`),
        pruned: await d.api('POST', '/networks/prune'),
      };
      await remove(d, 'nw2');
      return out;
    },
  },
  {
    name: 'networks: a MAC address and options of a driver, asked for and shown',
    async play(d) {
      await d.api('POST', '/networks/create', { Name: 'netm', ...ipam({ Subnet: `${d.subnet}.10.0/24` }) });
      const MacAddress = '02:42:ac:63:00:14';
      await create(d, 'nwm', { Image: 'busybox', Cmd: ['sleep', '1000'], MacAddress });
      const shown = async () => ({
        config: (await inspected<{ MacAddress?: string }>(d, 'nwm', 'Config')).MacAddress,
        networks: await settings(d, 'nwm'),
      });
      const out = {
        created: await shown(),
        connect: await d.api('POST', '/networks/netm/connect', {
          Container: 'nwm',
          EndpointConfig: { DriverOpts: { 'org.example.setting': 'on' } },
        }),
        start: await d.api('POST', '/containers/nwm/start'),
        started: await shown(),
        link: (await d.cli('exec', 'nwm', 'cat', '/sys/class/net/eth0/address')).stdout,
        noNetwork: await d.api('POST', '/containers/create?name=nwn', {
          Image: 'busybox',
          MacAddress,
          HostConfig: { NetworkMode: 'host' },
        }),
      };
      await remove(d, 'nwm');
      await d.api('DELETE', '/networks/netm');
      return out;
    },
  },
  {
    name: 'networks: by the CLI, and the texts of failing runs',
    async play(d) {
      const run = (...args: string[]) => d.cli('run', '--rm', ...args, 'busybox', 'true');
      await d.cli('network', 'create', '--subnet', `${d.subnet}.7.0/24`, 'netd');
      await d.cli(
        'run',
        '-d',
        '--name',
        'nw3',
        '--network',
        'netd',
        '--ip',
        `${d.subnet}.7.9`,
        'busybox',
        'sleep',
        '1000',
      );
      const out = {
        taken: await run('--network', 'netd', '--ip', `${d.subnet}.7.9`),
        missing: await run('--network', 'nosuch'),
        alias: await run('--network-alias', 'x'),
        ip: await run('--ip', `${d.subnet}.7.10`),
        rm: (await d.cli('network', 'rm', 'netd')).code,
        link: await d.cli('create', '--link', 'nobody', 'busybox'),
        badLink: await d.api('POST', '/containers/create', {
          Image: 'busybox',
          HostConfig: { Links: ['a:b:c'] },
        }),
        rmLink: await d.api('DELETE', '/containers/nw3?link=1'),
      };
      await remove(d, 'nw3');
      await d.cli('network', 'rm', 'netd');
      return out;
    },
  },
];

async function names(answer: Promise<{ status: number; body: unknown }>): Promise<unknown> {
  const { status, body } = await answer;
  return { status, names: (body as { Name: string }[]).map(({ Name }) => Name).sort() };
}

async function settings(d: Parameters<Scenario['play']>[0], name: string): Promise<unknown> {
  return (await inspected<{ Networks: object }>(d, name, 'NetworkSettings')).Networks;
}
