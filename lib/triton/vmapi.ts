// VMAPI as promises: VMs, their actions (each waits for its job) and jobs.
import VMAPI from 'sdc-clients/lib/vmapi.js';
import type { Job, Proc, Vm, VmJobRef } from '#lib/wire/types.ts';
import { type Answer, call, type Endpoint, READ, type RequestOptions } from './call.ts';
import { settle } from './repeat-write.ts';
import { sharedRead } from './shared-read.ts';
import type { CallContext, VmapiClient } from './types.ts';
import { createOutcome, isKill, jobless, rebootedSince, startedSince, whenSettled } from './vm-writes.ts';

/** VMAPI's own page limit (triton-wire §2.2). */
const PAGE = 1000;

/**
 * A VMAPI client. Every action passes sync=true: the promise settles with the job. When VMAPI dies before its answer, what may be done
 * twice is sent again, what shows in the VM is looked for there first, and the rest is OutcomeUnknown.
 */
export function createVmapiClient(at: Endpoint): VmapiClient & { close(): void } {
  const client = new VMAPI(at.options);

  async function run<T>(ctx: CallContext, send: (o: RequestOptions, cb: Answer) => void): Promise<T> {
    return (await call<T>(at.service, ctx, send)).body;
  }
  async function runAgain<T>(ctx: CallContext, send: (o: RequestOptions, cb: Answer) => void): Promise<T> {
    return (await call<T>(at.service, ctx, send, READ)).body;
  }
  // By the generic verb: those of sdc-clients drop timeout 0, which Docker's `stop -t 0` needs, and know nothing of ours in a body.
  function action(uuid: string, asked: object, body: object, ctx: CallContext): Promise<VmJobRef> {
    const query = defined({ ...asked, sync: 'true' });
    return run(ctx, (o, cb) => client.post({ ...o, path: `/vms/${uuid}`, query }, defined({ ...body }), cb));
  }
  const readVm = sharedRead(at.service, (params: { uuid: string; owner_uuid?: string }, ctx: CallContext) =>
    runAgain<Vm>(ctx, (o, cb) => client.getVm(params, o, cb)),
  );
  const getVm: VmapiClient['getVm'] = (uuid, opts, ctx) => readVm({ uuid, ...opts }, ctx);
  /** A write that leaves the VM as it is when done twice; the refusals are of the second time. */
  const twice = (uuid: string, send: () => Promise<VmJobRef>, ...doneMeans: string[]) =>
    settle({ send, doneMeans, answer: jobless(uuid) });
  /** A write of which `shows` tells, from the VM before and now, whether it was done. */
  const onceFor = (
    { uuid, owner_uuid, before }: { uuid: string; owner_uuid: string; before: Vm },
    ctx: CallContext,
    shows: (before: Vm, now: Vm) => boolean,
    send: () => Promise<VmJobRef>,
  ) =>
    settle({
      send,
      wasDone: async () => {
        const now = await whenSettled(() => getVm(uuid, { owner_uuid }, ctx));
        return shows(before, now) ? jobless(uuid) : null;
      },
    });

  return {
    listVms: (query, ctx) => listVms(client, at.service, query, ctx),
    getVm,
    createVm: (payload, ctx) =>
      settle<VmJobRef>({
        send: () => run(ctx, (o, cb) => client.createVm({ payload, sync: true }, o, cb)),
        wasDone: () =>
          createOutcome(payload.uuid, () => getVm(payload.uuid, { owner_uuid: payload.owner_uuid }, ctx)),
      }),
    startVm: (before, { owner_uuid, idempotent, metadata, macs }, ctx) => {
      const { uuid } = before;
      const update = metadata === undefined ? undefined : { set_internal_metadata: metadata };
      return onceFor({ uuid, owner_uuid, before }, ctx, startedSince, () =>
        action(uuid, { action: 'start', owner_uuid, idempotent }, { update, macs }, ctx),
      );
    },
    stopVm: (uuid, opts, ctx) =>
      twice(uuid, () => action(uuid, { action: 'stop', ...opts }, {}, ctx), 'VmNotRunning'),
    rebootVm: (before, { macs, ...opts }, ctx) => {
      const { uuid } = before;
      return onceFor({ uuid, owner_uuid: opts.owner_uuid, before }, ctx, rebootedSince, () =>
        action(uuid, { action: 'reboot', ...opts }, { macs }, ctx),
      );
    },
    killVm: (uuid, opts, ctx) => {
      const send = (): Promise<VmJobRef> =>
        run(ctx, (o, cb) => client.killVm({ uuid, ...opts, sync: true }, o, cb));
      return isKill(opts.signal) ? twice(uuid, send, 'VmNotRunning') : send();
    },
    pauseVm: (uuid, opts, ctx) =>
      twice(uuid, () => action(uuid, { action: 'pause', ...opts }, {}, ctx), 'VmPaused'),
    unpauseVm: (uuid, opts, ctx) =>
      twice(uuid, () => action(uuid, { action: 'unpause', ...opts }, {}, ctx), 'VmNotPaused'),
    updateVm: (uuid, payload, opts, ctx) =>
      runAgain(ctx, (o, cb) => client.updateVm({ uuid, payload, ...opts, sync: true }, o, cb)),
    addNics: (uuid, { networks, metadata }, opts, ctx) =>
      settle<VmJobRef>({
        send: () =>
          action(uuid, { action: 'add_nics', ...opts }, { networks, set_internal_metadata: metadata }, ctx),
        wasDone: async () => {
          const on = (await getVm(uuid, opts, ctx)).nics.map(({ network_uuid }) => network_uuid);
          return networks.every((network) => on.includes(network.uuid)) ? jobless(uuid) : null;
        },
      }),
    removeNics: (uuid, { macs, metadata, idle }, opts, ctx) =>
      settle<VmJobRef>({
        send: () =>
          action(
            uuid,
            { action: 'remove_nics', ...opts },
            { macs, remove_internal_metadata: metadata, idle },
            ctx,
          ),
        wasDone: async () => {
          const left = (await getVm(uuid, opts, ctx)).nics.map(({ mac }) => mac);
          return macs.some((mac) => left.includes(mac)) ? null : jobless(uuid);
        },
      }),
    // By the generic verb: sdc-clients' own knows no remove_volumes.
    deleteVm: (uuid, { owner_uuid, remove_volumes }, ctx) => {
      const query = defined({
        owner_uuid,
        sync: 'true',
        remove_volumes: remove_volumes ? 'true' : undefined,
      });
      const send = (): Promise<VmJobRef> =>
        run(ctx, (o, cb) => client.del({ ...o, path: `/vms/${uuid}`, query }, cb));
      return twice(uuid, send, 'ResourceNotFound');
    },
    // Not POST /vms/:uuid/internal_metadata: that one has no sync.
    setInternalMetadata: (uuid, values, opts, ctx) =>
      runAgain(ctx, (o, cb) =>
        client.updateVm({ uuid, payload: { set_internal_metadata: values }, ...opts, sync: true }, o, cb),
      ),
    proc: (uuid, opts, ctx) =>
      runAgain<Proc[]>(ctx, (o, cb) =>
        client.get({ ...o, path: `/vms/${uuid}/proc`, query: { ...opts } }, cb),
      ),
    getJob: (uuid, ctx) => runAgain<Job>(ctx, (o, cb) => client.get({ ...o, path: `/jobs/${uuid}` }, cb)),
    ping: async (ctx) => {
      await runAgain(ctx, (o, cb) => client.get({ ...o, path: '/ping' }, cb));
    },
    close: () => client.close(),
  };
}

/** One request for up to 1000 VMs (sdc-clients' own listVms always asks once more); further pages by the count header. */
async function listVms(
  client: VMAPI,
  service: string,
  query: Parameters<VmapiClient['listVms']>[0],
  ctx: CallContext,
): Promise<Vm[]> {
  const { predicate, ...plain } = query;
  const base = defined({
    ...plain,
    ...(predicate === undefined ? {} : { predicate: JSON.stringify(predicate) }),
    limit: PAGE,
  });
  const vms: Vm[] = [];
  for (;;) {
    const page = vms.length === 0 ? base : { ...base, offset: vms.length };
    const { body, headers } = await call<Vm[]>(
      service,
      ctx,
      (o, cb) => client.get({ ...o, path: '/vms', query: page }, cb),
      READ,
    );
    vms.push(...body);
    const total = Number(headers['x-joyent-resource-count'] ?? vms.length);
    if (body.length === 0 || vms.length >= total) return vms;
  }
}

/** Without the undefined values, which a query string would spell out. */
function defined(query: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
