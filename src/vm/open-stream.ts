// Opens a docker-exec stream of the compute node: attach, logs and exec come through here.
import { isReading, STDIO_FRAMING, type StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { StdioStream } from '#lib/triton/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { App, Req } from '#src/context.ts';
import { conflict } from '#src/errors.ts';
import { dockerIdOf } from './metadata.ts';
import { asDocker, toDockerError } from './triton-errors.ts';

/** Throws DockerError. The stream lives on when the client's request is over: whoever opens it destroys it. */
export async function openStream(
  req: { app: Pick<App, 'triton'>; call: Req['call'] },
  vm: Vm,
  command: StdioCommand,
): Promise<StdioStream> {
  const context = { ref: dockerIdOf(vm), id: dockerIdOf(vm) };
  const server = serverOf(vm);
  const wish: StdioCommand = { ...command, StdioFraming: STDIO_FRAMING };
  const { cnapi, connectStdio } = req.app.triton;
  for (let again = false; ; again = true) {
    const endpoint = await asDocker(cnapi.dockerExec(server, vm.uuid, wish, req.call), context);
    try {
      return await connectStdio(endpoint, {});
    } catch (err) {
      // The compute node went down between the two. Who only reads asks the one that comes up.
      if (again || !isReading(command)) throw toDockerError(err, context);
    }
  }
}

/** The compute node of a VM. Throws DockerError conflict while it has none. */
export function serverOf(vm: Vm): string {
  if (vm.server_uuid === null) throw conflict(`container ${dockerIdOf(vm)} is still being created`);
  return vm.server_uuid;
}
