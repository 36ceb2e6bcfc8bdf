// ping, version, info and the paths around them.
import { waitUntil } from '#test/harness/stack.ts';
import { keysOf, type Scenario } from './scenario.ts';

export const systemScenarios: Scenario[] = [
  {
    name: 'SystemPing, SystemVersion and SystemInfo',
    async play(d) {
      // Ours may be asked before it has heard of its compute node.
      const version = await waitUntil('the kernel is known', async () => {
        const answer = await d.api('GET', '/version');
        return 'KernelVersion' in (answer.body as object) ? answer : null;
      });
      const { Components } = version.body as { Components: { Name: string; Details: object }[] };
      return {
        ping: await d.api('GET', '/_ping'),
        head: await d.api('HEAD', '/_ping'),
        unversioned: (await d.stream('GET', '/_ping')).bytes,
        version: keysOf(version),
        engine: Object.keys(Components.find(({ Name }) => Name === 'Engine')?.Details ?? {}).sort(),
        info: keysOf(await d.api('GET', '/info')),
      };
    },
  },
  {
    name: 'versions and paths that are not there',
    async play(d) {
      return {
        tooNew: await d.api('GET', '/v1.99/version'),
        tooOld: await d.api('GET', '/v1.11/version'),
        page: await d.api('GET', '/nothing'),
        method: await d.api('PUT', '/containers/json'),
        noPost: await d.api('GET', '/containers/create'),
        swarm: await d.api('GET', '/nodes'),
      };
    },
  },
];
