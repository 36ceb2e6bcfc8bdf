// The part of fwrule 2 that this folder calls; the package ships no types.
declare module 'fwrule' {
  export type RawTag = string | [name: string, value: string];
  export interface RawTargets {
    wildcards: string[];
    ips: string[];
    subnets: string[];
    tags: RawTag[];
    vms: string[];
  }
  export class FwRule {
    uuid: string;
    version: string;
    owner_uuid?: string;
    global?: boolean;
    enabled: boolean;
    log: boolean;
    description?: string;
    action: 'allow' | 'block';
    priority: number;
    protocol: 'tcp' | 'udp' | 'icmp' | 'icmp6' | 'ah' | 'esp';
    /** Of tcp and udp. */
    ports?: (number | 'all' | { start: number; end: number })[];
    /** Of icmp and icmp6: 'all', '8' or '8:0'. */
    types?: (string | number)[];
    from: RawTargets;
    to: RawTargets;
    allVMs: boolean;
    tags: RawTag[];
    vms: string[];
    ips: string[];
    subnets: string[];
    wildcards: string[];
    text(): string;
    serialize(): Record<string, unknown>;
  }
  const fwrule: {
    create(
      payload: object,
      options?: { maxVersion?: number; enforceSubnetMask?: boolean; enforceGlobal?: boolean },
    ): FwRule;
    generateVersion(): string;
  };
  export default fwrule;
}
