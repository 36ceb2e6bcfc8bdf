// Writes the text of a container's /etc/hosts as dockerd does.
import { isIP } from 'node:net';

export interface HostsInput {
  hostname: string;
  /** '' for none. */
  domainname: string;
  /** The container's own addresses, the primary one first; [] without a network. */
  ips: string[];
  /** HostConfig.ExtraHosts: 'name:ip' or 'name=ip'; the ip may be 'host-gateway'. */
  extraHosts: string[];
  /** What 'host-gateway' stands for: the bridge's address. */
  hostGateway: string;
  /** Links: alias names, apart by spaces, and the address. */
  links?: { names: string; ip: string }[];
}

/** Docker's IPv4 entry, then its five IPv6 ones (it leaves those out only where IPv6 is off). */
const LOCAL: [string, string][] = [
  ['127.0.0.1', 'localhost'],
  ['::1', 'localhost ip6-localhost ip6-loopback'],
  ['fe00::', 'ip6-localnet'],
  ['ff00::', 'ip6-mcastprefix'],
  ['ff02::1', 'ip6-allnodes'],
  ['ff02::2', 'ip6-allrouters'],
];

/** Lines "address TAB names". Extra hosts come before the container's own name, links last. Broken extra hosts are left out. */
export function hostsFile(input: HostsInput): string {
  const own = ownNames(input.hostname, input.domainname);
  const lines: [string, string][] = [
    ...LOCAL,
    ...input.extraHosts.flatMap((text) => extraHost(text, input.hostGateway)),
    ...input.ips.map((ip): [string, string] => [ip, own]),
    ...(input.links ?? []).map(({ names, ip }): [string, string] => [ip, names]),
  ];
  return lines.map(([ip, names]) => `${ip}\t${names}\n`).join('');
}

/** The full name and, when it has a dot, the bare one. */
export function ownNames(hostname: string, domainname: string): string {
  const full = domainname === '' ? hostname : `${hostname}.${domainname}`;
  return full.includes('.') ? `${full} ${full.split('.', 1)[0]}` : full;
}

function extraHost(text: string, hostGateway: string): [string, string][] {
  const match = /^([^:=\s]+)[:=](\S+)$/.exec(text);
  const [, name = '', given = ''] = match ?? [];
  const ip = given === 'host-gateway' ? hostGateway : given.replace(/^\[(.*)\]$/, '$1');
  return isIP(ip) === 0 ? [] : [[ip, name]];
}
