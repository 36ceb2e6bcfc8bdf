// CoaL's CNAPI: this machine as the one server of the datacenter, its VMs' docker-* endpoints and the agent's tasks.
import type Logger from 'bunyan';
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { CoalReply, CoalRequest, CoalRoute, CoalService } from '../types.ts';
import { invalid, validationFailed } from '../validation.ts';
import { selectServers } from './list-servers.ts';
import { ALL_EXTRAS, describeServer } from './server-record.ts';
import { createSysinfoCache, type SysinfoCache } from './sysinfo-cache.ts';
import type { TaskRunner } from './task-runner.ts';
import { vmRoutes } from './vm-routes.ts';

/** The one whose answers this service copies. */
const VERSION = '1.26.6';
/** Seconds that GET /tasks/:id/wait waits when it is not told. */
const TASK_WAIT_SECONDS = 3600;

export interface CnapiOptions {
  tasks: TaskRunner;
  log: Logger;
}

/** Asks the agent nothing yet. */
export async function createCnapi(opts: CnapiOptions): Promise<CoalService> {
  const { tasks } = opts;
  const sysinfo = createSysinfoCache(() => tasks.agent.sysinfo());
  return {
    name: 'cnapi',
    server: `cnapi/${VERSION}`,
    routes: [...serverRoutes(tasks, sysinfo), ...vmRoutes(tasks), ...taskRoutes(tasks)],
    close: async () => {},
  };
}

function serverRoutes(tasks: TaskRunner, sysinfo: SysinfoCache): CoalRoute[] {
  const { agent } = tasks;
  return [
    {
      name: 'Ping',
      method: 'GET',
      path: '/ping',
      handler: async () => ok({ ready: true, services: {} }),
    },
    {
      name: 'ServerList',
      method: 'GET',
      path: '/servers',
      handler: async (req) => ok(selectServers(await sysinfo(), () => agent.listVms(), req.query)),
    },
    {
      name: 'ServerGet',
      method: 'GET',
      path: '/servers/:server',
      handler: async (req) => {
        checkServer(tasks, req);
        return ok(describeServer(await sysinfo(), agent.listVms(), ALL_EXTRAS));
      },
    },
    {
      name: 'DockerSizes',
      method: 'POST',
      path: '/servers/:server/docker-sizes',
      handler: async (req) => {
        checkServer(tasks, req);
        return ok(await tasks.run('docker_sizes', { uuids: uuidList(req.body.uuids) }, req));
      },
    },
  ];
}

function taskRoutes(tasks: TaskRunner): CoalRoute[] {
  return [
    {
      name: 'TaskGet',
      method: 'GET',
      path: '/tasks/:id',
      handler: async (req) => ok(tasks.get(req.params.id ?? '')),
    },
    {
      name: 'TaskWait',
      method: 'GET',
      path: '/tasks/:id/wait',
      handler: async (req) => {
        const seconds = Number.parseInt(req.query.timeout ?? '', 10) || TASK_WAIT_SECONDS;
        const ms = Math.min(Math.max(seconds, 0), TASK_WAIT_SECONDS) * 1000;
        return ok(await tasks.wait(req.params.id ?? '', ms, req.signal));
      },
    },
  ];
}

function checkServer(tasks: TaskRunner, req: CoalRequest): void {
  const { server = '' } = req.params;
  if (server !== tasks.agent.serverUuid)
    throw new TritonError('ResourceNotFound', 404, `Server ${server} not found`);
}

function uuidList(uuids: unknown): string[] {
  if (Array.isArray(uuids) && uuids.every(isUuid)) return uuids;
  throw validationFailed([invalid('uuids', 'must be a list of uuids')]);
}

function ok(body: unknown): CoalReply {
  return { status: 200, body };
}
