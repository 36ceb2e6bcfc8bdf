// What is not there: every operation on a name that nothing has.
import { create, remove, type Scenario } from './scenario.ts';

export const missingScenarios: Scenario[] = [
  {
    name: 'what is not there',
    async play(d) {
      const gone = (method: string, path: string, body?: unknown) =>
        d.api(method, `/containers/nothing${path}`, body);
      return {
        inspect: await gone('GET', '/json'),
        start: await gone('POST', '/start'),
        stop: await gone('POST', '/stop'),
        kill: await gone('POST', '/kill'),
        restart: await gone('POST', '/restart'),
        wait: await gone('POST', '/wait'),
        rm: await d.api('DELETE', '/containers/nothing'),
        rename: await gone('POST', '/rename?name=x'),
        logs: await gone('GET', '/logs?stdout=1'),
        top: await gone('GET', '/top'),
        update: await gone('POST', '/update', {}),
        exec: await gone('POST', '/exec', { Cmd: ['true'] }),
        resize: await gone('POST', '/resize?h=1&w=1'),
        execInspect: await d.api('GET', '/exec/nothing/json'),
        execStart: await d.api('POST', '/exec/nothing/start', {}),
        cliInspect: await d.cli('inspect', 'nothing'),
        cliStop: await d.cli('stop', 'nothing'),
        cliRm: await d.cli('rm', 'nothing'),
        cliRmi: await d.cli('rmi', 'nothing'),
      };
    },
  },
  {
    name: 'ids: beginnings, and two that begin alike',
    async play(d) {
      const id = await create(d, 'i1');
      const get = async (ref: string) => {
        const { status, body } = await d.api('GET', `/containers/${ref}/json`);
        return { status, name: (body as { Name?: string }).Name };
      };
      const out = {
        whole: await get(id),
        short: await get(id.slice(0, 12)),
        four: await get(id.slice(0, 4)),
        upper: await get(id.slice(0, 12).toUpperCase().replace(/^/, 'G')),
        slash: await get('%2Fi1'),
        twoSlashes: (await d.api('GET', '/containers//i1/json')).status,
      };
      await remove(d, 'i1');
      return out;
    },
  },
];
