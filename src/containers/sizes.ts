// What `--size` asks for: how much containers have written, and how large they are with their images.
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { hasCapability } from '#src/vm/capability.ts';
import { imageIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { asDocker } from '#src/vm/triton-errors.ts';

export interface ContainerSize {
  SizeRw: number;
  SizeRootFs: number;
}

/**
 * By VM uuid, one question per compute node. What a node cannot tell is 0, and a VM that has none yet has written nothing. Throws
 * DockerError.
 */
export async function containerSizes(req: Req, vms: Vm[]): Promise<(vm: Vm) => ContainerSize> {
  const placed = vms.filter((vm) => vm.server_uuid !== null);
  const byServer = Map.groupBy(placed, serverOf);
  const answers = await Promise.all([...byServer].map(([server, there]) => writtenOn(req, server, there)));
  const written: Record<string, number> = Object.assign({}, ...answers);
  return (vm) => {
    const SizeRw = written[vm.uuid] ?? 0;
    const image = req.app.store.images.get(req.account.uuid, imageIdOf(vm))?.size ?? 0;
    return { SizeRw, SizeRootFs: SizeRw + image };
  };
}

async function writtenOn(req: Req, server: string, vms: Vm[]): Promise<Record<string, number>> {
  if (!(await hasCapability(req, vms[0]!, 'docker_sizes'))) return {};
  const uuids = vms.map((vm) => vm.uuid);
  return asDocker(req.app.triton.cnapi.dockerSizes(server, uuids, req.call), { ref: '' });
}
