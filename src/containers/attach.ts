// ContainerAttach: POST /containers/:id/attach.
import type { StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { Vm } from '#lib/wire/types.ts';
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, invalid } from '#src/errors.ts';
import { parseDetachKeys } from '#src/stdio/detach-keys.ts';
import { closeClient, runSession } from '#src/stdio/session.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { configOf, dockerIdOf } from '#src/vm/metadata.ts';
import { openStream } from '#src/vm/open-stream.ts';
import { statusOf } from '#src/vm/state.ts';
import { findContainer } from './lookup.ts';

/** The agent is attached before the client gets its 101, so that nothing of a container started then is lost. */
export async function containerAttach(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  const keys = parseDetachKeys(req.query.detachKeys ?? '');
  if (keys === null) throw invalid(`Invalid detach keys (${req.query.detachKeys}) provided`);
  const vm = await findContainer(req, ref);
  requireAttachable(vm, ref);
  const config = configOf(vm);
  const streams = {
    stdin: queryBool(req.query.stdin) && config.OpenStdin,
    stdout: queryBool(req.query.stdout),
    stderr: queryBool(req.query.stderr),
  };
  const stream = await openStream(req, vm, toCommand(req, vm, streams));
  const client = req.hijack({ tty: config.Tty });
  emitContainerEvent(req, vm, 'attach');
  const session = await runSession(client, stream, {
    tty: config.Tty,
    ...streams,
    detachKeys: config.Tty ? keys : null,
    clientGone: 'stop',
  });
  stream.destroy();
  if (session.detached) emitContainerEvent(req, vm, 'detach');
  closeClient(client);
  return 'handled';
}

function requireAttachable(vm: Vm, ref: string): void {
  const status = statusOf(vm);
  if (status === 'paused') throw conflict(`container ${ref} is paused, unpause the container before attach`);
  if (status === 'restarting') {
    throw conflict(`container ${ref} is restarting, wait until the container is running`);
  }
}

function toCommand(
  req: Req,
  vm: Vm,
  streams: { stdin: boolean; stdout: boolean; stderr: boolean },
): StdioCommand {
  return {
    Cmd: ['AttachConsole'],
    Container: dockerIdOf(vm),
    AttachConsole: true,
    AttachStdin: streams.stdin,
    AttachStdout: streams.stdout,
    AttachStderr: streams.stderr,
    Tty: configOf(vm).Tty,
    Replay: queryBool(req.query.logs),
    Stream: queryBool(req.query.stream),
  };
}
