// The subnets that this machine reaches by ways that are not ours: a network of containers must not take one of them.
import { isIPv6 } from 'node:net';
import { namesFor } from './names.ts';
import { runProgram } from './run-program.ts';

interface Route {
  dst: string;
  dev?: string;
}

/** CIDRs of the main routing table, without the default route and without those of `bridge` and its fabric bridges. */
export async function machineSubnets(bridge: string): Promise<string[]> {
  const names = namesFor(bridge);
  const show = (family: string) => runProgram('ip', ['-json', family, 'route', 'show', 'table', 'main']);
  // A kernel without IPv6 has no such routes.
  const told = await Promise.all([show('-4'), show('-6').catch(() => '')]);
  return told
    .flatMap((text) => JSON.parse(text || '[]') as Route[])
    .filter(({ dst, dev = '' }) => !isNowhere(dst) && dev !== bridge && names.numberOfFabric(dev) === null)
    .map(({ dst }) => (dst.includes('/') ? dst : `${dst}/${isIPv6(dst) ? 128 : 32}`));
}

/** Link-local addresses are on every interface. */
function isNowhere(dst: string): boolean {
  return dst === 'default' || dst.startsWith('fe80::');
}
