// ExecStart: POST /exec/:id/start.
import { Writable } from 'node:stream';
import { type EndFrame, encodeFrame, FRAME, type StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { ExecRecord } from '#lib/store/types.ts';
import type { StdioStream } from '#lib/triton/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { bodyFields } from '#src/api/fields.ts';
import type { Reply, Req } from '#src/context.ts';
import { parseDetachKeys } from '#src/stdio/detach-keys.ts';
import { pumpOutput } from '#src/stdio/output.ts';
import { closeClient, runSession } from '#src/stdio/session.ts';
import { openStream } from '#src/vm/open-stream.ts';
import { outliving } from '#src/vm/outlive.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { consoleSizeOf, type ExecConfig } from './config.ts';
import { findLiveExec } from './lookup.ts';
import { RunRecord } from './run-record.ts';

/**
 * Detached: 200 when the process runs, or the error. Attached: as dockerd, the connection is taken over first and a process that
 * cannot be started, or was started before, tells so in the stream; its exit code (126, 127) is in ExecInspect.
 */
export async function execStart(req: Req): Promise<Reply> {
  const body = bodyFields(await req.json(), 'container.ExecStartRequest');
  const { record, vm } = await findLiveExec(req);
  const config = record.config as unknown as ExecConfig;
  const detach = body.boolean('Detach');
  const tty = body.boolean('Tty');
  const size = req.version >= 42 && tty ? consoleSizeOf(body) : null;
  let run: RunRecord;
  try {
    run = new RunRecord(req, vm, record.id);
  } catch (err) {
    if (detach) throw err;
    return tellInStream(req, err, tty);
  }
  const command = toCommand(record, config, { detach, size: size ?? config.ConsoleSize });
  const stream = await open(req, vm, command, run);
  if (detach) return startDetached(stream, run, record);
  await serveAttached(req, stream, run, { config, tty });
  return 'handled';
}

function tellInStream(req: Req, err: unknown, tty: boolean): Reply {
  const { clientMessage } = toDockerError(err, { ref: req.params.id! });
  const client = req.hijack({ tty });
  client.on('error', () => {});
  writeFailure(client, { code: null, signal: null, error: clientMessage }, tty);
  closeClient(client);
  return 'handled';
}

async function open(req: Req, vm: Vm, command: StdioCommand, run: RunRecord): Promise<StdioStream> {
  try {
    return await openStream({ app: req.app, call: outliving(req.call) }, vm, command);
  } catch (err) {
    run.failed();
    throw err;
  }
}

/** The stream is followed to its end without a client, for the exit code and the exec_die event. */
async function startDetached(stream: StdioStream, run: RunRecord, record: ExecRecord): Promise<Reply> {
  const failure = await stream.started.then(
    ({ pid }) => {
      run.started(pid);
      return null;
    },
    (err: unknown) => toDockerError(err, { ref: record.container_id, id: record.container_id }),
  );
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const end = pumpOutput(stream, nowhere, { tty: true, stdout: false, stderr: false });
  if (failure === null) {
    end.then((frame) => run.ended(frame));
    return { status: 200 };
  }
  run.ended((await end) ?? { code: null, signal: null, error: failure.clientMessage });
  throw failure;
}

async function serveAttached(
  req: Req,
  stream: StdioStream,
  run: RunRecord,
  { config, tty }: { config: ExecConfig; tty: boolean },
): Promise<void> {
  const client = req.hijack({ tty });
  const session = await runSession(client, stream, {
    tty,
    stdin: config.AttachStdin,
    stdout: config.AttachStdout,
    stderr: config.AttachStderr,
    detachKeys: tty ? parseDetachKeys(config.DetachKeys) : null,
    clientGone: 'drain',
    onStarted: (pid) => run.started(pid),
  });
  if (session.detached) {
    run.detached();
    session.rest.then((end) => run.ended(end));
  } else {
    // Before the client sees the end: it asks for the exit code at once.
    run.ended(session.end);
    if (client.writable) writeFailure(client, session.end, tty);
  }
  closeClient(client);
}

function writeFailure(client: Writable, end: EndFrame | null, tty: boolean): void {
  if (end?.error === undefined) return;
  const text = Buffer.from(`${end.error}\r\n`);
  client.write(tty ? text : encodeFrame(FRAME.stdout, text));
}

function toCommand(
  record: ExecRecord,
  config: ExecConfig,
  { detach, size }: { detach: boolean; size: [number, number] | null },
): StdioCommand {
  return {
    Cmd: config.Cmd,
    Container: record.container_id,
    ExecId: record.id,
    // Detached ones are run without streams rather than with Detach, so that their end is told to us.
    AttachStdin: config.AttachStdin && !detach,
    AttachStdout: config.AttachStdout && !detach,
    AttachStderr: config.AttachStderr && !detach,
    Tty: config.Tty,
    Env: config.Env,
    ...(config.User === '' ? {} : { User: config.User }),
    ...(config.WorkingDir === '' ? {} : { WorkingDir: config.WorkingDir }),
    Privileged: config.Privileged,
    ...(config.Tty && size ? { ConsoleSize: size } : {}),
  };
}
