// ContainerLogs: GET /containers/:id/logs.
import type { StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { Vm } from '#lib/wire/types.ts';
import { queryBool, queryTimestamp } from '#src/api/query.ts';
import { streamType } from '#src/api/stream-type.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import { pumpOutput } from '#src/stdio/output.ts';
import { requireCapability } from '#src/vm/capability.ts';
import { configOf, dockerIdOf } from '#src/vm/metadata.ts';
import { openStream } from '#src/vm/open-stream.ts';
import { requireReadableLog } from '#src/vm/readable-log.ts';
import { findContainer } from './lookup.ts';

/** A 200 with chunks as the lines come; errors only before the first of them. */
export async function containerLogs(req: Req): Promise<Reply> {
  const command = parseCommand(req);
  const vm = await findContainer(req, req.params.id!);
  requireReadableLog(vm);
  if (command.Details) {
    await requireCapability(req, vm, 'logs_details', 'this datacenter cannot show log details (--details)');
  }
  const { Tty: tty } = configOf(vm);
  const stream = await openStream(req, vm, { ...command, Container: dockerIdOf(vm), Tty: tty });
  const { res } = req;
  const leave = (): void => stream.destroy();
  res.once('close', leave);
  if (req.call.signal?.aborted) leave();
  res.writeHead(200, { 'Content-Type': streamType(req.version, tty) });
  res.flushHeaders();
  const end = await pumpOutput(stream, res, {
    tty,
    stdout: command.AttachStdout === true,
    stderr: command.AttachStderr === true,
  });
  res.off('close', leave);
  stream.destroy();
  // No end frame from an agent that speaks mux1: the stream broke, and the client must not take it for the whole log.
  if (end === null && stream.muxSocket) res.destroy();
  else res.end();
  return 'handled';
}

function parseCommand(req: Req): StdioCommand & { Container: Vm['uuid'] } {
  const { query } = req;
  const stdout = queryBool(query.stdout);
  const stderr = queryBool(query.stderr);
  if (!stdout && !stderr) throw invalid('Bad parameters: you must choose at least one stream');
  return {
    Cmd: ['Logs'],
    Container: '',
    Logs: true,
    AttachStdout: stdout,
    AttachStderr: stderr,
    Tail: parseTail(query.tail),
    Follow: queryBool(query.follow),
    Timestamps: queryBool(query.timestamps),
    Details: queryBool(query.details),
    Since: queryTimestamp(query.since, 'since'),
    Until: queryTimestamp(query.until, 'until'),
  };
}

/** As dockerd: what is no number, or a negative one, means everything. */
function parseTail(text: string | undefined): 'all' | number {
  return text !== undefined && /^\+?\d{1,15}$/.test(text) ? Number(text) : 'all';
}
