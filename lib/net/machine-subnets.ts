// The subnets that this machine reaches by ways that are not ours: a network of containers must not take one of them.
import { namesFor } from './names.ts';
import { runProgram } from './run-program.ts';

interface Route {
  dst: string;
  dev?: string;
}

/** CIDRs of the main routing table, without the default route and without those of `bridge` and its fabric bridges. */
export async function machineSubnets(bridge: string): Promise<string[]> {
  const names = namesFor(bridge);
  const told = await runProgram('ip', ['-json', '-4', 'route', 'show', 'table', 'main']);
  return (JSON.parse(told || '[]') as Route[])
    .filter(({ dst, dev = '' }) => dst !== 'default' && dev !== bridge && names.numberOfFabric(dev) === null)
    .map(({ dst }) => (dst.includes('/') ? dst : `${dst}/32`));
}
