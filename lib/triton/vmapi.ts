// VMAPI as promises: VMs, their actions (each waits for its job) and jobs.
import VMAPI from 'sdc-clients/lib/vmapi.js';
import type { Job, Proc, Vm, VmJobRef } from '#lib/wire/types.ts';
import { type Answer, call, type Endpoint, type RequestOptions } from './call.ts';
import type { CallContext, VmapiClient } from './types.ts';

/** VMAPI's own page limit (triton-wire §2.2). */
const PAGE = 1000;

/** A VMAPI client. Every action passes sync=true: the promise settles with the job. */
export function createVmapiClient(at: Endpoint): VmapiClient & { close(): void } {
  const client = new VMAPI(at.options);

  async function run<T>(ctx: CallContext, send: (o: RequestOptions, cb: Answer) => void): Promise<T> {
    return (await call<T>(at.service, ctx, send)).body;
  }
  // stopVm and rebootVm of sdc-clients drop timeout 0, which Docker's `stop -t 0` needs; so these two go by the generic verb.
  function action(uuid: string, query: Record<string, unknown>, ctx: CallContext): Promise<VmJobRef> {
    return run(ctx, (o, cb) =>
      client.post({ ...o, path: `/vms/${uuid}`, query: defined({ ...query, sync: 'true' }) }, {}, cb),
    );
  }

  return {
    listVms: (query, ctx) => listVms(client, at.service, query, ctx),
    getVm: (uuid, opts, ctx) => run<Vm>(ctx, (o, cb) => client.getVm({ uuid, ...opts }, o, cb)),
    createVm: (payload, ctx) => run(ctx, (o, cb) => client.createVm({ payload, sync: true }, o, cb)),
    startVm: (uuid, { owner_uuid, idempotent, metadata }, ctx) => {
      const update = metadata === undefined ? undefined : { set_internal_metadata: metadata };
      return run(ctx, (o, cb) => client.startVm({ uuid, owner_uuid, idempotent, update, sync: true }, o, cb));
    },
    stopVm: (uuid, opts, ctx) => action(uuid, { action: 'stop', ...opts }, ctx),
    rebootVm: (uuid, opts, ctx) => action(uuid, { action: 'reboot', ...opts }, ctx),
    killVm: (uuid, opts, ctx) => run(ctx, (o, cb) => client.killVm({ uuid, ...opts, sync: true }, o, cb)),
    pauseVm: (uuid, opts, ctx) => action(uuid, { action: 'pause', ...opts }, ctx),
    unpauseVm: (uuid, opts, ctx) => action(uuid, { action: 'unpause', ...opts }, ctx),
    updateVm: (uuid, payload, opts, ctx) =>
      run(ctx, (o, cb) => client.updateVm({ uuid, payload, ...opts, sync: true }, o, cb)),
    deleteVm: (uuid, opts, ctx) => run(ctx, (o, cb) => client.deleteVm({ uuid, ...opts, sync: true }, o, cb)),
    // Not POST /vms/:uuid/internal_metadata: that one has no sync.
    setInternalMetadata: (uuid, values, opts, ctx) =>
      run(ctx, (o, cb) =>
        client.updateVm({ uuid, payload: { set_internal_metadata: values }, ...opts, sync: true }, o, cb),
      ),
    proc: (uuid, opts, ctx) =>
      run<Proc[]>(ctx, (o, cb) => client.get({ ...o, path: `/vms/${uuid}/proc`, query: { ...opts } }, cb)),
    getJob: (uuid, ctx) => run<Job>(ctx, (o, cb) => client.get({ ...o, path: `/jobs/${uuid}` }, cb)),
    ping: async (ctx) => {
      await run(ctx, (o, cb) => client.get({ ...o, path: '/ping' }, cb));
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
    const { body, headers } = await call<Vm[]>(service, ctx, (o, cb) =>
      client.get({ ...o, path: '/vms', query: page }, cb),
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
