// Binds of what this compute node keeps for itself, or of what that is in: `-v /:/host` must not keep its mounts busy.
import { MD } from '#lib/docker-vm/metadata.ts';
import { listOf } from '#lib/docker-vm/volumes.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import { isWithin } from './is-within.ts';
import type { PlannedMount } from './oci-spec/volume-binds.ts';

/** The ways that let go of what is unmounted on the node; the first is what one gets who asks for none. */
const FOLLOWING = ['rslave', 'rshared'];

/**
 * The VM, its docker:mounts saying that such binds follow what is unmounted on the node, as dockerd has it for binds of its root.
 * Throws TritonError MountRefused with dockerd's text when another way was asked for. Pure.
 */
export function followOwnDirs<T extends Pick<Vm, 'internal_metadata'>>(vm: T, ownDirs: readonly string[]): T {
  const mounts = listOf<PlannedMount>(vm.internal_metadata[MD.mounts]);
  const settled = mounts.map((mount) => {
    const { Type, Source, Propagation, inherited, propagationAsked } = mount;
    if (Type !== 'bind' || inherited) return mount;
    const root = ownDirs.find((dir) => isWithin(dir, Source) || isWithin(Source, dir));
    if (root === undefined || (propagationAsked && FOLLOWING.includes(Propagation))) return mount;
    if (propagationAsked) throw refusal(root, mount);
    return { ...mount, Propagation: FOLLOWING[0] };
  });
  if (mounts.every((mount, at) => mount === settled[at])) return vm;
  return { ...vm, internal_metadata: { ...vm.internal_metadata, [MD.mounts]: JSON.stringify(settled) } };
}

function refusal(root: string, { Source, Propagation }: PlannedMount): TritonError {
  const message =
    'invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, ' +
    `daemon root: "${root}", bind mount source: "${Source}", propagation: "${Propagation}"`;
  return new TritonError('MountRefused', 400, message);
}
