// What a place on a network asks of its interface beyond addresses of the network: its name, its sysctls, link-local addresses.

import type { Vm, VmNic } from '#lib/wire/types.ts';
import { type DockerEndpoint, placesOf, withGateway } from './endpoints.ts';

/** Driver options of an endpoint that mean something here; others are only kept. */
export const IFNAME_OPTION = 'com.docker.network.endpoint.ifname';
/** 'net.ipv4.conf.IFNAME.x=1,…' */
export const SYSCTLS_OPTION = 'com.docker.network.endpoint.sysctls';

/** As asked, unchecked. */
export interface InterfaceOptions {
  /** '' = eth0, eth1, … */
  ifname: string;
  sysctls: string[];
  linkLocal: string[];
}

/** A nic with what its place asks of its interface. */
export type OptionedNic = VmNic & Partial<InterfaceOptions>;

type Asked = Pick<DockerEndpoint, 'IPAMConfig' | 'DriverOpts'>;

/** null for a place that asks for nothing of it. Pure. */
export function interfaceOptions({ IPAMConfig, DriverOpts }: Asked): InterfaceOptions | null {
  const ifname = DriverOpts?.[IFNAME_OPTION] ?? '';
  const sysctls = DriverOpts?.[SYSCTLS_OPTION]?.split(',') ?? [];
  const asked = IPAMConfig?.LinkLocalIPs;
  const linkLocal = Array.isArray(asked) ? asked.map(String) : [];
  return ifname === '' && sysctls.length + linkLocal.length === 0 ? null : { ifname, sysctls, linkLocal };
}

/** The names that its places ask for. Pure. */
export function ifnamesOf(vm: Pick<Vm, 'nics' | 'internal_metadata'>): string[] {
  return placesOf(vm).flatMap(({ endpoint }) => endpoint?.DriverOpts?.[IFNAME_OPTION] || []);
}

/** The VM's nics, the default route's known (withGateway), each with what is asked of its interface. Pure. */
export function nicsWithOptions(vm: Pick<Vm, 'nics' | 'internal_metadata'>): OptionedNic[] {
  const asked = new Map(placesOf(vm).map(({ nic, endpoint }) => [nic.mac, endpoint]));
  return withGateway(vm).map((nic) => {
    const endpoint = asked.get(nic.mac);
    const options = endpoint ? interfaceOptions(endpoint) : null;
    return options === null ? nic : { ...nic, ...options };
  });
}
