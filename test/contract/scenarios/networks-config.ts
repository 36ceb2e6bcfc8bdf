// Configuration networks: records of settings, and the networks that take them.
import { filters, type Scenario } from './scenario.ts';

export const networkConfigScenarios: Scenario[] = [
  {
    name: 'networks: settings that others take',
    async play(d) {
      const make = (Name: string, body: object = {}) =>
        d.api('POST', '/networks/create', { Name, CheckDuplicate: true, ...body });
      const from = (Network: string, body: object = {}) => ({ ConfigFrom: { Network }, ...body });
      const only = (body: object = {}) => ({ ConfigOnly: true, ...body });
      const Config = [{ Subnet: `${d.subnet}.11.0/24`, Gateway: `${d.subnet}.11.9` }];
      const out = {
        config: await make('cfg', {
          ...only({
            Driver: 'macvlan',
            Labels: { a: 'b' },
            Options: { 'com.docker.network.driver.mtu': '1400' },
          }),
          IPAM: { Driver: 'default', Config },
        }),
        shown: await d.api('GET', '/networks/cfg'),
        again: await make('cfg', only()),
        internal: await make('cfg2', only({ Internal: true })),
        attachable: await make('cfg2', only({ Attachable: true })),
        ofAnother: await make('cfg2', only(from('cfg'))),
        nosuch: await make('taker', from('nosuch')),
        ofBridge: await make('taker', from('bridge')),
        withLabels: await make('taker', from('cfg', { Labels: { x: 'y' } })),
        withIpv6: await make('taker', from('cfg', { EnableIPv6: true })),
        withSubnet: await make('taker', from('cfg', { IPAM: { Config } })),
        withOptions: await make('taker', from('cfg', { Options: { x: 'y' } })),
        taker: await make('taker', from('cfg', { Internal: true, Attachable: true })),
        takerShown: await d.api('GET', '/networks/taker'),
        ofTaker: await make('other', from('taker')),
        overlap: await make('other', from('cfg')),
        inUse: await d.api('DELETE', '/networks/cfg'),
        cliInUse: await d.cli('network', 'rm', 'cfg'),
        ls: (await d.cli('network', 'ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}')).stdout,
        byLabel: (
          (await d.api('GET', `/networks?${filters({ label: ['a=b'], driver: ['null'] })}`)).body as object[]
        ).length,
        run: await d.cli('run', '--name', 'onCfg', '--network', 'cfg', 'busybox', 'true'),
        pruned: await d.api('POST', '/networks/prune'),
        kept: (await d.api('GET', '/networks/cfg')).status,
      };
      await d.cli('rm', 'onCfg');
      await d.cli('run', '-d', '--name', 'up', 'busybox', 'sleep', '1000');
      const connect = await d.api('POST', '/networks/cfg/connect', { Container: 'up' });
      await d.cli('rm', '-f', 'up');
      return { ...out, connect, rm: await d.api('DELETE', '/networks/cfg') };
    },
  },
];
