// What lib/net offers: the words of its callers, without Linux ones.
import type Logger from 'bunyan';
import type { VmNic } from '#lib/wire/types.ts';

/** Network side of one running container. */
export interface ContainerNet {
  /** A network namespace for the VM with these nics up, addressed and routed; `path` for the OCI spec. No nics: only lo. */
  acquire(vmUuid: string, nics: VmNic[]): Promise<{ path: string }>;
  /** Gives it back (destroyed in the background). Unknown uuids are fine. */
  release(vmUuid: string): Promise<void>;
  /** Called once at start with the VMs that hold one: everything else of ours is removed. */
  recover(liveVmUuids: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface ContainerNetOptions {
  /** Bridge name, also the prefix of our namespaces and links: 1–9 characters, [a-z][a-z0-9]*. */
  bridge: string;
  /** CIDR, e.g. '172.29.0.0/16'. */
  subnet: string;
  /** The bridge's own address, inside the subnet. */
  gateway: string;
  mtu: number;
  /** Ready namespaces to keep; 0 = make each one when it is asked for. */
  poolSize: number;
  log: Logger;
}
