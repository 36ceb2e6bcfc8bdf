// Ids that Docker shows for things of a container's network which Triton does not number: stable hashes, 64 hex.
import { createHash } from 'node:crypto';
import { uuidToDoubleId } from '#lib/docker-vm/ids.ts';
import type { VmNic } from '#lib/wire/types.ts';

/** Network id of mode none, which has no Triton network: all zeros would look like a bug. */
export const NONE_ID = hash('none');
/** Of mode host. */
export const HOST_ID = hash('host');

/** Id of the endpoint that joins a VM to a network. `name` stands in where there is no nic. */
export function endpointId(vmUuid: string, nic: VmNic | null, name: string): string {
  return hash(`endpoint ${vmUuid} ${nic?.mac ?? name}`);
}

export function sandboxId(vmUuid: string): string {
  return hash(`sandbox ${vmUuid}`);
}

/** Docker's id of a Triton network. */
export function networkIdOf(networkUuid: string): string {
  return uuidToDoubleId(networkUuid);
}

/** '255.255.0.0' → 16. */
export function prefixLength(netmask: string): number {
  return netmask
    .split('.')
    .map((octet) => Number(octet).toString(2).replaceAll('0', '').length)
    .reduce((sum, bits) => sum + bits, 0);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
