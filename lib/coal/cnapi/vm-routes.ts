// CNAPI's endpoints of one VM: load it, its processes, exec and terminal size.
import type { AgentTasks, TaskName } from '#lib/cn-agent/types.ts';
import type { StdioCommand } from '#lib/docker-vm/stdio.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { CoalReply, CoalRequest, CoalRoute } from '../types.ts';
import { invalid, missing, validationFailed } from '../validation.ts';
import { wrapAgentError } from './agent-error.ts';
import { copyParams, streamParams } from './copy-params.ts';
import type { TaskRunner } from './task-runner.ts';

/** Largest terminal that a pty can have: its sizes are 16 bits. */
const MAX_SIZE = 65_535;

export function vmRoutes(tasks: TaskRunner): CoalRoute[] {
  const { agent } = tasks;
  const route = (
    name: string,
    method: 'GET' | 'POST',
    verb: string,
    handler: (vm: string, req: CoalRequest) => Promise<unknown>,
  ): CoalRoute => ({
    name,
    method,
    path: `/servers/:server/vms/:vm${verb}`,
    handler: async (req): Promise<CoalReply> => {
      const { server = '', vm = '' } = req.params;
      if (server !== agent.serverUuid) throw notFound('Server', server);
      return { status: 200, body: await handler(vm, req) };
    },
  });
  const dockerRoute = <T extends TaskName>(
    verb: string,
    task: T,
    toParams: (vm: string, body: Record<string, unknown>) => AgentTasks[T]['params'],
  ) =>
    route(verb, 'POST', `/${verb}`, async (vm, req) => {
      const params = toParams(vm, req.body);
      try {
        return await tasks.run(task, params, req);
      } catch (err) {
        throw wrapAgentError(task, err);
      }
    });

  return [
    route('VmLoad', 'GET', '', async (uuid) => {
      const vm = agent.listVms().find((each) => each.uuid === uuid);
      if (!vm) throw notFound('VM', uuid);
      return vm;
    }),
    route('VmProc', 'GET', '/proc', async (uuid, req) => {
      try {
        return await tasks.run('machine_proc', { uuid }, req);
      } catch (err) {
        // The agent's own name for it is not one that CNAPI's callers know.
        throw err instanceof TritonError && err.restCode === 'VmNotFound' ? notFound('VM', uuid) : err;
      }
    }),
    dockerRoute('docker-exec', 'docker_exec', execParams),
    dockerRoute('docker-stats', 'docker_stats', statsParams),
    dockerRoute('docker-copy', 'docker_copy', copyParams),
    dockerRoute('docker-export', 'docker_export', streamParams),
    dockerRoute('docker-changes', 'docker_changes', streamParams),
    dockerRoute('docker-top', 'docker_top', topParams),
    dockerRoute('docker-exec-state', 'docker_exec_state', execStateParams),
    dockerRoute('docker-resize', 'docker_exec_resize', resizeParams),
  ];
}

function execParams(uuid: string, { command }: Record<string, unknown>): AgentTasks['docker_exec']['params'] {
  if (command === undefined) throw validationFailed([missing('command')]);
  if (typeof command !== 'object' || command === null || Array.isArray(command))
    throw validationFailed([invalid('command', 'must be an object')]);
  const { Cmd } = command as Partial<StdioCommand>;
  if (!Array.isArray(Cmd) || !Cmd.every((word) => typeof word === 'string'))
    throw validationFailed([invalid('command.Cmd', 'must be a list of strings')]);
  return { uuid, command: command as StdioCommand };
}

function execStateParams(
  uuid: string,
  { ExecId }: Record<string, unknown>,
): AgentTasks['docker_exec_state']['params'] {
  if (ExecId === undefined) throw validationFailed([missing('ExecId')]);
  if (typeof ExecId !== 'string') throw validationFailed([invalid('ExecId', 'must be a string')]);
  return { uuid, ExecId };
}

/** As the real one passes it on; StdioFraming is ours. */
function statsParams(
  uuid: string,
  { payload }: Record<string, unknown>,
): AgentTasks['docker_stats']['params'] {
  if (payload === undefined) throw validationFailed([missing('payload')]);
  if (typeof payload !== 'object' || payload === null)
    throw validationFailed([invalid('payload', 'must be an object')]);
  const { clientApiVersion, doStream, StdioFraming } = payload as Record<string, unknown>;
  return {
    uuid,
    clientApiVersion: Number(clientApiVersion),
    doStream: doStream === true,
    ...(typeof StdioFraming === 'string' ? { StdioFraming } : {}),
  };
}

function topParams(uuid: string, { psArgs }: Record<string, unknown>): AgentTasks['docker_top']['params'] {
  if (psArgs === undefined) throw validationFailed([missing('psArgs')]);
  if (typeof psArgs !== 'string') throw validationFailed([invalid('psArgs', 'must be a string')]);
  return { uuid, psArgs };
}

function resizeParams(
  uuid: string,
  { ExecId = null, w, h }: Record<string, unknown>,
): AgentTasks['docker_exec_resize']['params'] {
  if (ExecId !== null && typeof ExecId !== 'string')
    throw validationFailed([invalid('ExecId', 'must be a string or null')]);
  return { uuid, ExecId, w: size('w', w), h: size('h', h) };
}

function size(field: string, value: unknown): number {
  if (value === undefined) throw validationFailed([missing(field)]);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SIZE) return value;
  throw validationFailed([invalid(field, `must be a whole number from 0 to ${MAX_SIZE}`)]);
}

function notFound(kind: 'Server' | 'VM', uuid: string): TritonError {
  return new TritonError('ResourceNotFound', 404, `${kind} ${uuid} not found`);
}
