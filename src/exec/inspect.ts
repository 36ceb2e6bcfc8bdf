// ExecInspect: GET /exec/:id/json.

import type { ExecRecord } from '#lib/store/types.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Reply, Req } from '#src/context.ts';
import { parseDetachKeys } from '#src/stdio/detach-keys.ts';
import type { ExecConfig } from './config.ts';
import { findExec } from './lookup.ts';

/** As often as one likes, also after the exit. */
export async function execInspect(req: Req): Promise<Reply> {
  const record = await refreshed(req, findExec(req));
  return { status: 200, body: toExecInspect(record) };
}

/**
 * One that was running when we last heard of it is asked about: we may not have seen its end (this daemon restarted, the client
 * left a terminal).
 */
async function refreshed(req: Req, record: ExecRecord): Promise<ExecRecord> {
  if (record.state !== 'running') return record;
  const { triton, store } = req.app;
  try {
    const state = await triton.cnapi.dockerExecState(record.server_uuid, record.vm_uuid, record.id, req.call);
    const now: ExecRecord = state.Running
      ? { ...record, pid: state.Pid }
      : { ...record, pid: state.Pid, state: 'exited', exit_code: state.ExitCode, exited_at: Date.now() };
    // A session of our own may have written the end meanwhile.
    const current = store.execs.get(record.owner_uuid, record.id);
    if (current?.state === 'exited') return current;
    store.execs.put(now);
    return now;
  } catch (err) {
    if (!hasRestCode(err, 'ResourceNotFound'))
      req.log.info({ err, exec: record.id }, 'no state of this exec');
    return record;
  }
}

/** The keys' bytes as Go writes them in JSON; '' for none of its own. */
function detachKeys(text: string): string {
  return text === '' ? '' : (parseDetachKeys(text)?.toString('base64') ?? '');
}

/** Docker's ExecInspectResponse. Pure. */
export function toExecInspect(record: ExecRecord): Record<string, unknown> {
  const config = record.config as unknown as ExecConfig;
  const [entrypoint = '', ...args] = config.Cmd;
  return {
    ID: record.id,
    Running: record.state === 'running',
    ExitCode: record.exit_code,
    ProcessConfig: {
      tty: config.Tty,
      entrypoint,
      arguments: args,
      privileged: config.Privileged,
      ...(config.User === '' ? {} : { user: config.User }),
    },
    OpenStdin: config.AttachStdin,
    OpenStderr: config.AttachStderr,
    OpenStdout: config.AttachStdout,
    CanRemove: false,
    ContainerID: record.container_id,
    DetachKeys: detachKeys(config.DetachKeys),
    Pid: record.pid,
  };
}
