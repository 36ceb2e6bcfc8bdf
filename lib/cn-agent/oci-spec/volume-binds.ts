// What a container mounts beside the binds of its HostConfig: its volumes, binds taken over by --volumes-from, and images.
import { imageMountsOf } from '#lib/docker-vm/image-mounts.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { listOf, vmVolumesOf } from '#lib/docker-vm/volumes.ts';
import type { Vm } from '#lib/wire/types.ts';
import { type Bind, cleanPath, containerBinds } from './binds.ts';
import type { HostConfig } from './docker-settings.ts';
import type { VolumeBind } from './types.ts';

/** Of an element of docker:mounts, what is read here. */
export interface PlannedMount {
  Type: string;
  Source: string;
  Destination: string;
  RW: boolean;
  Propagation: string;
  /** From another container: its HostConfig has it, this one's has not. */
  inherited?: boolean;
  propagationAsked?: boolean;
  nonRecursive?: boolean;
  readonlyNonRecursive?: boolean;
}

/** Pure. The source of an image, and of a part of a volume, is where its user has mounted it. */
export function volumeBinds(vm: Pick<Vm, 'internal_metadata'>): VolumeBind[] {
  const volumes = vmVolumesOf(vm.internal_metadata).map(({ source, mountpoint, mode }) => ({
    source,
    destination: cleanPath(mountpoint),
    readonly: mode === 'ro',
  }));
  const inherited = listOf<PlannedMount>(vm.internal_metadata[MD.mounts])
    .filter((mount) => mount.inherited === true && mount.Type === 'bind')
    .map(({ Source, Destination, RW, Propagation, nonRecursive, readonlyNonRecursive }) => ({
      source: Source,
      destination: cleanPath(Destination),
      readonly: !RW,
      ...(Propagation ? { propagation: Propagation } : {}),
      ...(nonRecursive ? { recursive: false } : {}),
      ...(readonlyNonRecursive ? { recursiveReadonly: false } : {}),
    }));
  const images = imageMountsOf(vm.internal_metadata).map(({ Destination }) => ({
    source: '',
    destination: cleanPath(Destination),
    readonly: true,
  }));
  return [...volumes, ...inherited, ...images];
}

/** All binds, with what only docker:mounts says of them: how deep read-only goes, and which follow the node's own mounts. Pure. */
export function allBinds(vm: Pick<Vm, 'internal_metadata'>, host: HostConfig, volumes: VolumeBind[]): Bind[] {
  const planned = listOf<PlannedMount>(vm.internal_metadata[MD.mounts]);
  const known = new Map(planned.map((mount) => [cleanPath(mount.Destination), mount]));
  return containerBinds(host, volumes).map((bind) => {
    const mount = known.get(bind.destination);
    if (mount?.Type !== 'bind') return bind;
    const follows = mount.Propagation === 'rslave' && !mount.propagationAsked;
    return {
      ...bind,
      ...(mount.readonlyNonRecursive ? { recursiveReadonly: false } : {}),
      ...(follows ? { propagation: mount.Propagation, follows } : {}),
    };
  });
}
