// CNAPI as promises: servers, tasks and the docker-* endpoints of a VM.
import CNAPI from 'sdc-clients/lib/cnapi.js';
import {
  type ExecState,
  isReading,
  RAW_FRAMING,
  type StdioCommand,
  type StdioEndpoint,
} from '#lib/docker-vm/stdio.ts';
import { orNull, TritonError } from '#lib/wire/errors.ts';
import type { Server, Task } from '#lib/wire/types.ts';
import { type Answer, call, type Endpoint, READ, type RequestOptions } from './call.ts';
import { rememberAnyCapabilities, rememberCapabilities } from './capabilities.ts';
import { settle } from './repeat-write.ts';
import type { CallContext, CnapiClient } from './types.ts';

/** A CNAPI client. When CNAPI dies before its answer everything is asked again but an exec, of which is looked whether it has begun. */
export function createCnapiClient(at: Endpoint): CnapiClient & { close(): void } {
  const client = new CNAPI(at.options);

  async function run<T>(ctx: CallContext, send: (o: RequestOptions, cb: Answer) => void): Promise<T> {
    return (await call<T>(at.service, ctx, send, READ)).body;
  }
  async function onVm<T>(
    server: string,
    vm: string,
    verb: string,
    body: object,
    ctx: CallContext,
    repeatable = true,
  ): Promise<T> {
    const send = (o: RequestOptions, cb: Answer) =>
      client.post({ ...o, path: `/servers/${server}/vms/${vm}/${verb}` }, body, cb);
    try {
      return (await call<T>(at.service, ctx, send, { repeatable })).body;
    } catch (err) {
      throw unwrapAgentError(err);
    }
  }

  const getServer = (uuid: string, ctx: CallContext) =>
    run<Server>(ctx, (o, cb) => client.get({ ...o, path: `/servers/${uuid}` }, cb));

  const capabilities = rememberCapabilities(getServer);
  const execState = (server: string, vm: string, execId: string, ctx: CallContext) =>
    onVm<ExecState>(server, vm, 'docker-exec-state', { ExecId: execId }, ctx);

  /** null when the agent has not begun it. Throws when it has, for its output is lost then, and when that cannot be asked. */
  async function execWasBegun(
    server: string,
    vm: string,
    { ExecId }: StdioCommand,
    ctx: CallContext,
  ): Promise<null> {
    const asks = ExecId !== undefined && (await capabilities(server, ctx)).has('docker_exec_state');
    if (asks) {
      const known = await orNull(execState(server, vm, ExecId, ctx));
      if (known === null) return null;
    }
    const message = 'the exec was cut off by a restart of the compute node';
    throw new TritonError('ServiceUnavailable', 503, asks ? message : `${message}, or has not begun`);
  }
  const listServers = (ctx: CallContext) =>
    run<Server[]>(ctx, (o, cb) =>
      client.get({ ...o, path: '/servers', query: { setup: 'true', extras: 'sysinfo' } }, cb),
    );

  return {
    listServers,
    getServer,
    anyCapabilities: rememberAnyCapabilities(listServers),
    capabilities,
    dockerExec: (server, vm, command, ctx) => {
      const send = (): Promise<StdioEndpoint> =>
        onVm(server, vm, 'docker-exec', { command }, ctx, isReading(command));
      return settle({ send, wasDone: () => execWasBegun(server, vm, command, ctx) });
    },
    dockerStats: (server, vm, opts, ctx) => {
      const payload = { ...opts, StdioFraming: RAW_FRAMING };
      return onVm<StdioEndpoint>(server, vm, 'docker-stats', { payload }, ctx);
    },
    dockerCopy: (server, vm, request, ctx) =>
      onVm(server, vm, 'docker-copy', { ...request, StdioFraming: RAW_FRAMING }, ctx),
    dockerExport: (server, vm, ctx) =>
      onVm<StdioEndpoint>(server, vm, 'docker-export', { StdioFraming: RAW_FRAMING }, ctx),
    dockerChanges: (server, vm, ctx) =>
      onVm<StdioEndpoint>(server, vm, 'docker-changes', { StdioFraming: RAW_FRAMING }, ctx),
    dockerSizes: async (server, uuids, ctx) => {
      const send = (o: RequestOptions, cb: Answer) =>
        client.post({ ...o, path: `/servers/${server}/docker-sizes` }, { uuids }, cb);
      return (await run<{ sizes: Record<string, number> }>(ctx, send)).sizes;
    },
    dockerTop: (server, vm, psArgs, ctx) => onVm(server, vm, 'docker-top', { psArgs }, ctx),
    dockerExecState: execState,
    dockerResize: async (server, vm, execId, size, ctx) => {
      await onVm(server, vm, 'docker-resize', { ExecId: execId, ...size }, ctx);
    },
    getTask: (id, ctx) => run<Task>(ctx, (o, cb) => client.get({ ...o, path: `/tasks/${id}` }, cb)),
    close: () => client.close(),
  };
}

/** HTTP status of the agent's restCodes, which CNAPI hides behind a 500. */
const AGENT_STATUS: Record<string, number> = {
  VmNotRunning: 409,
  FileNotFound: 404,
  PathNotDirectory: 400,
  ResourceNotFound: 404,
  InvalidArgument: 409,
};

/**
 * CNAPI answers an agent's error as a 500 InternalError whose message holds JSON with the real restCode (triton-wire §8,
 * docker-exec-stopped). Takes it out again, so that callers see VmNotRunning and the agent's own words.
 */
export function unwrapAgentError(err: unknown): unknown {
  if (!(err instanceof TritonError) || err.restCode !== 'InternalError') return err;
  const match = /^posting task to cn-agent: (\{.*\})$/s.exec(err.ownMessage);
  if (match === null) return err;
  try {
    const inner = JSON.parse(match[1]!) as {
      error?: string;
      details?: { restCode?: string; statusCode?: number };
    };
    const restCode = inner.details?.restCode;
    if (restCode === undefined) return err;
    const status = inner.details?.statusCode ?? AGENT_STATUS[restCode] ?? 500;
    const message = (inner.error ?? err.ownMessage).replace(/^docker_\w+: /, '');
    return new TritonError(restCode, status, message, [], err);
  } catch {
    return err;
  }
}
