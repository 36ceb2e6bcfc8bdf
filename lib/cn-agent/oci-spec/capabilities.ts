// Which capabilities a container gets: Docker's fourteen, plus CapAdd, minus CapDrop, never more than the machine can give.
import { CAPABILITY_NAMES, capabilityName } from '#lib/docker-vm/capabilities.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { HostConfig } from './docker-settings.ts';
import type { OciCapabilities } from './types.ts';

/** Docker's default set (moby daemon/pkg/oci/caps/defaults.go). */
const DEFAULT = [
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD',
  'NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT',
].flatMap((line) => line.split(' ').map((name) => `CAP_${name}`));

/**
 * The capability list of a container. `bounding` is what this machine can give; --privileged and `ALL` mean that set,
 * because a runtime refuses to start with a capability it does not hold itself.
 * Throws TritonError VmStartFailed for a name that does not exist.
 */
export function containerCapabilities(host: HostConfig, bounding: string[]): string[] {
  if (host.Privileged) return [...bounding];
  const add = normalize(host.CapAdd);
  const drop = normalize(host.CapDrop);
  if (add.includes('ALL')) return bounding.filter((name) => !drop.includes(name));
  const base = drop.includes('ALL') ? [] : DEFAULT.filter((name) => !drop.includes(name));
  return [...new Set([...base, ...add])].filter((name) => bounding.includes(name));
}

/** The OCI form. Nothing inheritable or ambient, as dockerd since CVE-2022-24769. */
export function ociCapabilities(names: string[]): OciCapabilities {
  return { bounding: names, effective: names, permitted: names };
}

function normalize(names: string[] | null | undefined): string[] {
  return (names ?? []).map((given) => {
    const name = capabilityName(given);
    if (name !== 'ALL' && !CAPABILITY_NAMES.includes(name)) {
      throw new TritonError('VmStartFailed', 400, `unknown capability: "${name}"`);
    }
    return name;
  });
}
