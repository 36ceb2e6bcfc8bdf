// What attach does, whatever the connection: which container, which of its streams, and the session itself.
import type { Duplex } from 'node:stream';
import type { StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { StdioStream } from '#lib/triton/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { queryBool } from '#src/api/query.ts';
import type { Req } from '#src/context.ts';
import { conflict, invalid } from '#src/errors.ts';
import { parseDetachKeys } from '#src/stdio/detach-keys.ts';
import { closeClient, runSession } from '#src/stdio/session.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { configOf, dockerIdOf } from '#src/vm/metadata.ts';
import { openStream } from '#src/vm/open-stream.ts';
import { requireReadableLog } from '#src/vm/readable-log.ts';
import { statusOf } from '#src/vm/state.ts';
import { findContainer } from './lookup.ts';

export interface Streams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}

/** An attachment that the agent has and the client does not yet: nothing of a container started then is lost. */
export interface Attachment {
  vm: Vm;
  tty: boolean;
  streams: Streams;
  detachKeys: Buffer;
  stream: StdioStream;
}

/** Throws DockerError. */
export async function beginAttach(req: Req, asked: Streams): Promise<Attachment> {
  const ref = req.params.id!;
  const detachKeys = parseDetachKeys(req.query.detachKeys ?? '');
  if (detachKeys === null) throw invalid(`Invalid detach keys (${req.query.detachKeys}) provided`);
  const vm = await findContainer(req, ref);
  requireAttachable(vm, ref);
  if (queryBool(req.query.logs)) requireReadableLog(vm);
  const { OpenStdin, Tty: tty } = configOf(vm);
  const streams = { ...asked, stdin: asked.stdin && OpenStdin };
  const stream = await openStream(req, vm, toCommand(req, vm, streams));
  return { vm, tty, streams, detachKeys, stream };
}

/** Until the container, the client or its detach keys end it. `raw`: output without Docker's frames. */
export async function serveAttach(
  req: Req,
  client: Duplex,
  { vm, tty, streams, detachKeys, stream }: Attachment,
  { raw }: { raw: boolean },
): Promise<void> {
  emitContainerEvent(req, vm, 'attach');
  const session = await runSession(client, stream, {
    tty: raw,
    ...streams,
    detachKeys: tty ? detachKeys : null,
    clientGone: 'stop',
  });
  stream.destroy();
  if (session.detached) emitContainerEvent(req, vm, 'detach');
  closeClient(client);
}

function requireAttachable(vm: Vm, ref: string): void {
  const status = statusOf(vm);
  if (status === 'paused') throw conflict(`container ${ref} is paused, unpause the container before attach`);
  if (status === 'restarting') {
    throw conflict(`container ${ref} is restarting, wait until the container is running`);
  }
}

function toCommand(req: Req, vm: Vm, streams: Streams): StdioCommand {
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
