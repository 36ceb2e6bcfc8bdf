// VMAPI's routes: reads answered from the records, everything else by its own file.
import { TritonError } from '#lib/wire/errors.ts';
import type { ChangefeedPublisher } from '../changefeed/publisher.ts';
import type { CoalReply, CoalRequest, CoalRoute } from '../types.ts';
import { queryBoolean } from '../validation.ts';
import { vmAction } from './actions.ts';
import { deleteVm } from './destroy.ts';
import { parseListQuery, runListQuery } from './list-query.ts';
import { metadataRoutes } from './metadata-routes.ts';
import { type VmapiParts, vmOf } from './parts.ts';
import { createVm } from './provision.ts';
import { toReply } from './vm-reply.ts';

/** All routes; `feed` answers the plain GETs of the changefeed. */
export function vmapiRoutes(parts: VmapiParts, feed: ChangefeedPublisher): CoalRoute[] {
  const { jobs } = parts;
  const bind =
    (handler: (parts: VmapiParts, req: CoalRequest) => Promise<CoalReply>) =>
    (req: CoalRequest): Promise<CoalReply> =>
      handler(parts, req);
  return [
    { name: 'Ping', method: 'GET', path: '/ping', handler: async () => ok(PING) },
    { name: 'ListVms', method: 'GET', path: '/vms', handler: bind(listVms) },
    { name: 'CountVms', method: 'HEAD', path: '/vms', handler: bind(countVms) },
    { name: 'CreateVm', method: 'POST', path: '/vms', handler: bind(createVm) },
    { name: 'GetVm', method: 'GET', path: '/vms/:uuid', handler: bind(getVm) },
    { name: 'HeadVm', method: 'HEAD', path: '/vms/:uuid', handler: bind(headVm) },
    { name: 'VmAction', method: 'POST', path: '/vms/:uuid', handler: bind(vmAction) },
    { name: 'DeleteVm', method: 'DELETE', path: '/vms/:uuid', handler: bind(deleteVm) },
    { name: 'ListVmProcesses', method: 'GET', path: '/vms/:uuid/proc', handler: bind(processes) },
    {
      name: 'ListVmJobs',
      method: 'GET',
      path: '/vms/:uuid/jobs',
      handler: async (req) => ok(jobs.list({ ...jobFilter(req), vmUuid: vmOf(parts, req).uuid })),
    },
    {
      name: 'ListJobs',
      method: 'GET',
      path: '/jobs',
      handler: async (req) => ok(jobs.list(jobFilter(req))),
    },
    {
      name: 'GetJob',
      method: 'GET',
      path: '/jobs/:uuid',
      handler: async (req) => ok(jobs.get(req.params.uuid!)),
    },
    {
      name: 'WaitJob',
      method: 'GET',
      path: '/jobs/:uuid/wait',
      handler: async (req) => ok(await jobs.wait(req.params.uuid!)),
    },
    { name: 'ListStatuses', method: 'GET', path: '/statuses', handler: bind(statuses) },
    {
      name: 'DescribeChangefeeds',
      method: 'GET',
      path: '/changefeeds',
      handler: async () => ok(feed.describe()),
    },
    {
      name: 'ChangefeedStats',
      method: 'GET',
      path: '/changefeeds/stats',
      handler: async () => ok(feed.stats()),
    },
    ...metadataRoutes(parts),
  ];
}

const PING = { status: 'OK', healthy: true, pid: process.pid, pingErrors: {} };

function ok(body: unknown, headers: Record<string, string> = {}): CoalReply {
  return { status: 200, body, headers };
}

async function listVms(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  const query = parseListQuery(req.query);
  const { page, total } = runListQuery(parts.store.all(), query);
  const body = page.map((vm) => toReply(vm, query.fields));
  return ok(body, { 'x-joyent-resource-count': String(total) });
}

async function countVms(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  const { total } = runListQuery(parts.store.all(), parseListQuery(req.query));
  return { status: 200, headers: { 'x-joyent-resource-count': String(total) } };
}

/** `sync` asks for fresh data: the agent tells every change at once, so the record is never stale here. */
async function getVm(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  queryBoolean(req.query, 'sync');
  return ok(toReply(vmOf(parts, req), req.query.fields?.split(',')));
}

async function headVm(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  vmOf(parts, req);
  return { status: 200 };
}

async function processes(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  const vm = vmOf(parts, req);
  if (vm.state !== 'running') throw new TritonError('VmNotRunning', 409, 'VM is not running');
  return ok(await parts.tasks.run('machine_proc', { uuid: vm.uuid }, req));
}

async function statuses(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  const uuids = (req.query.uuids ?? '').split(',').filter(Boolean);
  const found = uuids.map((uuid) => parts.store.get(uuid)).filter((vm) => vm !== undefined);
  return ok(Object.fromEntries(found.map((vm) => [vm.uuid, vm.state])));
}

function jobFilter(req: CoalRequest): { vmUuid?: string; execution?: string; task?: string } {
  const { vm_uuid: vmUuid, execution, task } = req.query;
  return {
    ...(vmUuid === undefined ? {} : { vmUuid }),
    ...(execution === undefined ? {} : { execution }),
    ...(task === undefined ? {} : { task }),
  };
}
