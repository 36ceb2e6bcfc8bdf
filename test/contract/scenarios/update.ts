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
        nullBody: await d.text('POST', '/containers/u1/update', 'null', 'application/json'),
        listBody: await d.text('POST', '/containers/u1/update', '[]', 'application/json'),
        lowShares: await update({ CpuShares: 1 }),
        noSwap: await update({ MemorySwap: -2 }),
        reservation: await update({ MemoryReservation: 128 << 20 }),
        lowAndSwap: await update({ Memory: 1000, MemorySwap: 500 }),
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
    name: 'ContainerUpdate: memory where none is set, and limits that the kernel may lack',
    async play(d) {
      const host = (more: object) => ({ ...SLEEP, HostConfig: { ...SLEEP.HostConfig, ...more } });
      const memory = { Memory: 64 << 20 };
      const out: Record<string, unknown> = {};
      const made = { none: {}, swapOff: { ...memory, MemorySwap: -1 }, low: memory };
      for (const [what, more] of Object.entries(made)) {
        await create(d, 'um', host(more));
        const update = (body: object) => d.api('POST', '/containers/um/update', body);
        out[what] = {
          alone: await update({ Memory: 32 << 20 }),
          more: await update({ Memory: 512 << 20 }),
          swap: await update({ Memory: 512 << 20, MemorySwap: -1 }),
          later: await update({ Memory: 600 << 20 }),
          weight: await update({ BlkioWeight: 300 }),
        };
        await remove(d, 'um');
      }
      return out;
    },
  },
  {
    name: 'ContainerCreate: limits that the kernel may lack',
    async play(d) {
      const memory = { Memory: 64 << 20 };
      const limits: Record<string, object> = {
        swap: { ...memory, MemorySwap: 128 << 20 },
        memory,
        swappiness: { ...memory, MemorySwappiness: 10 },
        reservation: { MemoryReservation: 32 << 20 },
        oom: { OomKillDisable: true },
        oomLimited: { ...memory, OomKillDisable: true },
        weight: { BlkioWeight: 300 },
        weightDevice: { BlkioWeightDevice: [{ Path: '/dev/null', Weight: 300 }] },
        all: {
          ...memory,
          CpuShares: 10,
          PidsLimit: 10,
          BlkioWeight: 20,
          MemorySwappiness: 0,
          CpuPeriod: 50000,
        },
      };
      const out: Record<string, unknown> = {};
      for (const [what, more] of Object.entries(limits)) {
        const body = { ...SLEEP, HostConfig: { ...SLEEP.HostConfig, ...more } };
        const made = await d.api('POST', '/containers/create?name=lim', body);
        const host = await inspected<Record<string, unknown>>(d, 'lim', 'HostConfig');
        const kept = Object.keys(more).map((key) => [key, host[key]]);
        out[what] = { status: made.status, warnings: (made.body as { Warnings: unknown }).Warnings, kept };
        await remove(d, 'lim');
      }
      return out;
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
