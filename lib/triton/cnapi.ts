// CNAPI as promises: servers, tasks and the docker-* endpoints of a VM.
import CNAPI from 'sdc-clients/lib/cnapi.js';
import { type ExecState, RAW_FRAMING, type StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Server, Task } from '#lib/wire/types.ts';
import { type Answer, call, type Endpoint, type RequestOptions } from './call.ts';
import { rememberCapabilities } from './capabilities.ts';
import type { CallContext, CnapiClient } from './types.ts';

/** A CNAPI client. */
export function createCnapiClient(at: Endpoint): CnapiClient & { close(): void } {
  const client = new CNAPI(at.options);

  async function run<T>(ctx: CallContext, send: (o: RequestOptions, cb: Answer) => void): Promise<T> {
    return (await call<T>(at.service, ctx, send)).body;
  }
  async function onVm<T>(
    server: string,
    vm: string,
    verb: string,
    body: object,
    ctx: CallContext,
  ): Promise<T> {
    try {
      return await run<T>(ctx, (o, cb) =>
        client.post({ ...o, path: `/servers/${server}/vms/${vm}/${verb}` }, body, cb),
      );
    } catch (err) {
      throw unwrapAgentError(err);
    }
  }

  const getServer = (uuid: string, ctx: CallContext) =>
    run<Server>(ctx, (o, cb) => client.get({ ...o, path: `/servers/${uuid}` }, cb));

  return {
    listServers: (ctx) =>
      run<Server[]>(ctx, (o, cb) =>
        client.get({ ...o, path: '/servers', query: { setup: 'true', extras: 'sysinfo' } }, cb),
      ),
    getServer,
    capabilities: rememberCapabilities(getServer),
    dockerExec: (server, vm, command, ctx) =>
      onVm<StdioEndpoint>(server, vm, 'docker-exec', { command }, ctx),
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
    dockerExecState: (server, vm, execId, ctx) =>
      onVm<ExecState>(server, vm, 'docker-exec-state', { ExecId: execId }, ctx),
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
