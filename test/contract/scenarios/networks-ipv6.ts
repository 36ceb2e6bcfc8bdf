// A network of both families: what is shown of it, of who is on it, and what is refused.
import { inspected, launch, remove, type Scenario } from './scenario.ts';

export const networkIpv6Scenarios: Scenario[] = [
  {
    name: 'IPv6: a network of both families, and a container on it',
    async play(d) {
      const six = (n: number): string => `fd10:${d.subnet.split('.')[1]}:${n}`;
      const Config = [
        { Subnet: `${d.subnet}.8.0/24`, Gateway: `${d.subnet}.8.1` },
        { Subnet: `${six(1)}::/64`, Gateway: `${six(1)}::1` },
      ];
      const on = (address: string) => ({
        Image: 'busybox',
        Cmd: ['sleep', '1000'],
        HostConfig: { NetworkMode: 'net6' },
        NetworkingConfig: { EndpointsConfig: { net6: { IPAMConfig: { IPv6Address: address } } } },
      });
      const make = await d.api('POST', '/networks/create', {
        Name: 'net6',
        EnableIPv6: true,
        IPAM: { Driver: 'default', Config },
      });
      await launch(d, 'six1', on(`${six(1)}::9`));
      const settings = async (name: string) =>
        (await inspected<{ Networks: object }>(d, name, 'NetworkSettings')).Networks;
      const exec = async (...args: string[]) => (await d.cli('exec', 'six1', ...args)).stdout;
      await d.api('POST', '/networks/create', {
        Name: 'net4',
        IPAM: { Config: [{ Subnet: `${d.subnet}.9.0/24` }] },
      });
      const out = {
        make: make.status,
        overlap: await d.api('POST', '/networks/create', {
          Name: 'net6b',
          EnableIPv6: true,
          IPAM: { Config: [{ Subnet: `${six(1)}::/80` }] },
        }),
        settings: await settings('six1'),
        network: await d.api('GET', '/networks/net6'),
        hosts: (await exec('cat', '/etc/hosts')).split('\n').filter((line) => line.startsWith('fd10')),
        route: (await exec('ip', '-6', 'route')).split('\n').filter((line) => line.startsWith('default')),
        disabled: await exec('cat', '/proc/sys/net/ipv6/conf/eth0/disable_ipv6'),
        taken: await d.cli('run', '--rm', '--network', 'net6', '--ip6', `${six(1)}::9`, 'busybox', 'true'),
        onBridge: await d.cli('run', '--rm', '--ip6', `${six(1)}::10`, 'busybox', 'true'),
        inFour: await d.api('POST', '/networks/net4/connect', { Container: 'six1' }),
        both: Object.keys(await settings('six1')).sort(),
        disabledThere: await exec('cat', '/proc/sys/net/ipv6/conf/eth1/disable_ipv6'),
        twice: await d.api('POST', '/networks/create', {
          Name: 'net6c',
          EnableIPv6: true,
          IPAM: { Config: [{ Subnet: `${six(2)}::/64` }, { Subnet: `${six(3)}::/64` }] },
        }),
      };
      await remove(d, 'six1');
      return {
        ...out,
        rm: [await d.api('DELETE', '/networks/net6'), await d.api('DELETE', '/networks/net4')],
      };
    },
  },
];
