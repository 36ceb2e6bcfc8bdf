// Names on a network of a user's own, as nslookup inside containers sees them.
import type { Driver } from '../driver.ts';
import { launch, remove, type Scenario } from './scenario.ts';

const on = (network: string, endpoint: object = {}, host: object = {}, config: object = {}): object => ({
  Image: 'busybox',
  Cmd: ['sleep', '1000'],
  ...config,
  HostConfig: { NetworkMode: network, ...host },
  NetworkingConfig: { EndpointsConfig: { [network]: endpoint } },
});

/** What was found, without the remarks that depend on who is asked: addresses are masked, their number is not. */
async function look(d: Driver, from: string, ...args: string[]): Promise<unknown> {
  const { code, stdout } = await d.cli('exec', from, 'nslookup', ...args);
  const found = stdout.split('\n').filter((line) => /^(Name|Address|\S+\tname =)/.test(line));
  return {
    code,
    found: found
      .slice(1)
      .map((line) => line.replace(/^[\d.]+(?=\.in-addr)/, 'reverse'))
      .sort(),
  };
}

export const nameScenarios: Scenario[] = [
  {
    name: 'names: who is found, and who is not',
    async play(d) {
      for (const [network, third] of [
        ['nn1', 31],
        ['nn2', 32],
      ] as const) {
        const Config = [{ Subnet: `${d.subnet}.${third}.0/24` }];
        await d.api('POST', '/networks/create', { Name: network, IPAM: { Driver: 'default', Config } });
      }
      await launch(d, 'nm1', on('nn1', { Aliases: ['first', 'both'] }, {}, { Hostname: 'host1' }));
      await launch(d, 'nm2', on('nn1', { Aliases: ['both'] }));
      await launch(d, 'nm3', on('nn2', { Aliases: ['far'] }));
      const find = (...args: string[]) => look(d, 'nm2', ...args);
      const out: Record<string, unknown> = {
        resolvConf: (await d.cli('exec', 'nm2', 'grep', '-v', '^#', '/etc/resolv.conf')).stdout.trim(),
        name: await find('-type=a', 'nm1'),
        capitals: await find('-type=a', 'NM1'),
        alias: await find('-type=a', 'first'),
        aliasOfTwo: await find('-type=a', 'both'),
        withNetwork: await find('-type=a', 'nm1.nn1'),
        wrongNetwork: await find('-type=a', 'nm1.nn2'),
        hostname: await find('-type=a', 'host1'),
        aaaa: await find('-type=aaaa', 'nm1'),
        itself: await find('-type=a', 'nm2'),
        otherNetwork: await find('-type=a', 'nm3'),
        nobody: await find('-type=a', 'nosuch'),
        reverse: await find(`${d.subnet}.31.2`),
      };
      await d.api('POST', '/networks/nn2/connect', { Container: 'nm2' });
      out.connected = [await find('-type=a', 'nm3'), await find('-type=a', 'far')];
      await d.api('POST', '/networks/nn2/disconnect', { Container: 'nm2' });
      out.disconnected = await find('-type=a', 'nm3');
      await d.api('POST', '/containers/nm1/rename?name=nm4');
      out.renamed = [await find('-type=a', 'nm1'), await find('-type=a', 'nm4')];
      await d.api('POST', '/containers/nm4/stop?t=0');
      out.stopped = await find('-type=a', 'nm4');
      await remove(d, 'nm2', 'nm3', 'nm4');
      for (const network of ['nn1', 'nn2']) await d.api('DELETE', `/networks/${network}`);
      return out;
    },
  },
];
