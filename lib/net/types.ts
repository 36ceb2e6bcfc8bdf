// What lib/net offers: the words of its callers, without Linux ones.
import type Logger from 'bunyan';
import type { VmNic } from '#lib/wire/types.ts';

/** A nic, and what is asked of its interface inside. */
export interface ContainerNic extends VmNic {
  /** Its name; '' or absent = eth0, eth1, … */
  ifname?: string;
  /** 'net.ipv4.conf.IFNAME.x=1', whatever stands for the name. */
  sysctls?: string[];
  /** More addresses, of either family. */
  linkLocal?: string[];
}

/** Network side of one running container. */
export interface ContainerNet {
  /** The machine's own address on its bridge: how containers reach it. */
  readonly gateway: string;
  /**
   * A network namespace for the VM with these nics up, addressed and routed; `path` for the OCI spec. No nics: only lo. `names`: where
   * what it asks of 127.0.0.11 goes, asked when the machine has its address on each of the networks. Throws InterfaceRefused, or the
   * program's words.
   */
  acquire(vmUuid: string, nics: ContainerNic[], names?: () => Promise<NamesAt>): Promise<{ path: string }>;
  /**
   * Gives a VM that holds one exactly these nics, while it runs: others of ours go, missing ones come, the default route follows. All
   * or nothing; nothing for a VM that holds none. Throws InterfaceRefused, or the program's words.
   */
  change(vmUuid: string, nics: ContainerNic[]): Promise<void>;
  /** The machine's own address on a network; null when it has none there. */
  addressOn(networkUuid: string): string | null;
  /** What a VM asks of 127.0.0.11, port 53, goes there. Nothing for one that holds no network. Throws the program's words. */
  redirectNames(vmUuid: string, to: NamesAt): Promise<void>;
  /** Takes away what the machine has of a fabric network that no nic is on any more. */
  forgetFabric(uuid: string): Promise<void>;
  /** The rules of all bridges again, in one step: the kernel has lost them. */
  restoreRules(): Promise<void>;
  /** Gives it back (destroyed in the background). Unknown uuids are fine. */
  release(vmUuid: string): Promise<void>;
  /** Called once at start with the VMs that hold one: everything else of ours is removed. */
  recover(liveVmUuids: string[]): Promise<void>;
  close(): Promise<void>;
}

/** Where a name server listens. */
export interface NamesAt {
  ip: string;
  port: number;
}

/** A network besides the machine's own: its bridge is made when a container first needs it. */
export interface FabricNetwork {
  uuid: string;
  /** The bridge is named by it: small, and unique among those that there are (NAPI's NetworkRow has it). */
  number: number;
  /** CIDR. */
  subnet: string;
  /** The bridge's own address; null = none. */
  gateway: string | null;
  /** Nothing leads out of it. */
  internal: boolean;
  mtu: number;
  /** Only where the network speaks IPv6 too: the second subnet, and the bridge's own address in it (null = none). */
  ipv6?: { subnet: string; gateway: string | null };
  /** False: its containers do not reach each other. */
  peers?: boolean;
  /** False: what leaves the machine keeps its own address. */
  masquerade?: boolean;
}

export interface ContainerNetOptions {
  /** Bridge name, also the prefix of our namespaces and links: 1–9 characters, [a-z][a-z0-9]*. */
  bridge: string;
  /** CIDR, e.g. '172.29.0.0/16'. */
  subnet: string;
  /** The bridge's own address, inside the subnet. */
  gateway: string;
  mtu: number;
  /** The fabric networks that there are now; nics of any other network are on the bridge. Default: none. */
  fabrics?: () => FabricNetwork[];
  /** Ready namespaces to keep; 0 = make each one when it is asked for. */
  poolSize: number;
  log: Logger;
}
