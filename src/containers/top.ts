// ContainerTop: GET /containers/:id/top.
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, internal } from '#src/errors.ts';
import { hasCapability } from '#src/vm/capability.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { isRunning, statusOf } from '#src/vm/state.ts';
import { asDocker, tritonErrorIn } from '#src/vm/triton-errors.ts';
import { findContainer } from './lookup.ts';
import { parsePsArgs, toTop } from './top-psinfo.ts';

/** The compute node's own ps with the arguments as they are; where it cannot run one, the columns that VMAPI's /proc fills. */
export async function containerTop(req: Req): Promise<Reply> {
  const psArgs = req.query.ps_args || '-ef';
  refuseRenamedPid(psArgs);
  const vm = await findContainer(req, req.params.id!);
  const id = dockerIdOf(vm);
  if (!isRunning(vm)) throw conflict(`container ${id} is not running`);
  if (statusOf(vm) === 'restarting') {
    throw conflict(`Container ${id} is restarting, wait until the container is running`);
  }
  const able = await hasCapability(req, vm, 'docker_top');
  const body = able ? await byPs(req, vm, psArgs) : await byPsinfo(req, vm, psArgs);
  emitContainerEvent(req, vm, 'top');
  return { status: 200, body };
}

async function byPs(req: Req, vm: Vm, psArgs: string): Promise<object> {
  const id = dockerIdOf(vm);
  try {
    return await req.app.triton.cnapi.dockerTop(serverOf(vm), vm.uuid, psArgs, req.call);
  } catch (err) {
    if (hasRestCode(err, 'PsFailed')) throw internal(tritonErrorIn(err)!.ownMessage, err as Error);
    return asDocker(Promise.reject(err), { ref: id, id });
  }
}

async function byPsinfo(req: Req, vm: Vm, psArgs: string): Promise<object> {
  const id = dockerIdOf(vm);
  const columns = parsePsArgs(psArgs);
  const opts = { owner_uuid: req.account.uuid };
  const procs = await asDocker(req.app.triton.vmapi.proc(vm.uuid, opts, req.call), { ref: id, id });
  return toTop(procs, columns, Date.now());
}

/** Only the column of process ids may be called PID. Throws DockerError internal, as dockerd does. Pure. */
export function refuseRenamedPid(psArgs: string): void {
  for (const [, name = '', title = ''] of psArgs.matchAll(/\s+(\S*)=\s*(PID\S*)/g)) {
    if (name !== 'pid') throw internal(`specifying "${name}=${title}" is not allowed`);
  }
}
