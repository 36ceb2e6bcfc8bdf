// ContainerUpdate and ContainerTop.
import { create, inspected, launch, remove, type Scenario, SLEEP } from './scenario.ts';

export const updateScenarios: Scenario[] = [
  {
    name: 'ContainerUpdate',
    async play(d) {
      await launch(d, 'u1', { ...SLEEP, HostConfig: { ...SLEEP.HostConfig, Memory: 64 << 20 } });
      const update = (body: object) => d.api('POST', '/containers/u1/update', body);
      const out = {
        policy: await update({ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } }),
        cpu: await update({ CpuShares: 512 }),
        memory: await update({ Memory: 96 << 20, MemorySwap: 192 << 20 }),
        hostConfig: await inspected(d, 'u1', 'HostConfig'),
        aboveSwap: await update({ Memory: 512 << 20 }),
        lowMemory: await update({ Memory: 1000 }),
        badPolicy: await update({ RestartPolicy: { Name: 'sometimes' } }),
        nothing: await update({}),
        noBody: await d.api('POST', '/containers/u1/update'),
        noPids: await update({ PidsLimit: -1 }),
        pids: await inspected<{ PidsLimit: unknown }>(d, 'u1', 'HostConfig').then((h) => h.PidsLimit),
      };
      await remove(d, 'u1');
      await create(d, 'u2', { ...SLEEP, HostConfig: { ...SLEEP.HostConfig, AutoRemove: true } });
      const autoRemove = await d.api('POST', '/containers/u2/update', { RestartPolicy: { Name: 'always' } });
      await remove(d, 'u2');
      return { ...out, autoRemove };
    },
  },
  {
    name: 'ContainerCreate and ContainerUpdate of old versions',
    async play(d) {
      const bind = { Type: 'bind', Source: '/tmp', Target: '/x', BindOptions: { NonRecursive: true } };
      const HostConfig = { ...SLEEP.HostConfig, AutoRemove: true, PidsLimit: 30, Mounts: [bind] };
      const fields = async (name: string) => {
        const host = await inspected<Record<string, unknown>>(d, name, 'HostConfig');
        return { rm: host.AutoRemove, pids: host.PidsLimit, ipc: host.IpcMode, mounts: host.Mounts };
      };
      const out: Record<string, unknown> = {};
      for (const version of ['1.24', '1.25', '1.39', '1.40']) {
        const path = `/v${version}/containers`;
        const { status } = await d.api('POST', `${path}/create?name=o1`, { ...SLEEP, HostConfig });
        const created = await fields('o1');
        const update = await d.api('POST', `${path}/o1/update`, { PidsLimit: 20 });
        out[version] = { status, created, update, updated: (await fields('o1')).pids };
        await remove(d, 'o1');
      }
      return out;
    },
  },
  {
    name: 'ContainerTop',
    async play(d) {
      await launch(d, 't1');
      const top = (query: string) => d.api('GET', `/containers/t1/top${query}`);
      const titles = async (query: string) => {
        const { status, body } = await top(query);
        const { Titles, Processes } = body as { Titles: string[]; Processes: string[][] };
        return { status, Titles, columns: Processes?.map((row) => row.length), last: Processes?.[0]?.at(-1) };
      };
      const out = {
        plain: await titles(''),
        aux: await titles('?ps_args=aux'),
        columns: await titles('?ps_args=-o%20pid,user,args'),
        comm: await titles('?ps_args=-eo%20pid,comm'),
        bad: (await top('?ps_args=-nosuch')).status,
      };
      await d.api('POST', '/containers/t1/kill');
      await d.until('t1', 'exited');
      const stopped = await top('');
      await remove(d, 't1');
      return { ...out, stopped };
    },
  },
];
