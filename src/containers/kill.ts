// ContainerKill: POST /containers/:id/kill.
import type { Vm } from '#lib/wire/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, DockerError, invalid } from '#src/errors.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { outliving } from '#src/vm/outlive.ts';
import { isRunning } from '#src/vm/state.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { findContainer } from './lookup.ts';
import { isLinuxSignal, parseSignal, SIGNALS } from './signals.ts';

/** 204 when the signal is sent; for KILL, when the container has stopped. */
export async function containerKill(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  try {
    const signal = req.query.signal ? parseSignal(req.query.signal) : SIGNALS.KILL!;
    if (!isLinuxSignal(signal)) throw invalid(`the linux daemon does not support signal ${signal}`);
    const vm = await findContainer(req, ref);
    if (!isRunning(vm)) throw conflict(`container ${dockerIdOf(vm)} is not running`);
    await send(req, vm, signal);
  } catch (err) {
    const reason = toDockerError(err, { ref });
    throw new DockerError(reason.kind, `cannot kill container: ${ref}: ${reason.clientMessage}`, reason);
  }
  return { status: 204 };
}

async function send(req: Req, vm: Vm, signal: number): Promise<void> {
  const over = req.app.events.operation(vm.uuid, { kind: 'kill' });
  // Before the signal, so that it stands before the die that the signal causes.
  emitContainerEvent(req, vm, 'kill', { signal: String(signal) });
  try {
    await req.app.triton.vmapi.killVm(vm.uuid, { owner_uuid: req.account.uuid, signal }, outliving(req.call));
  } catch (err) {
    throw toDockerError(err, { ref: req.params.id!, id: dockerIdOf(vm) });
  } finally {
    over();
  }
}
