// Writes the text of a container's /etc/resolv.conf from the host's and from what the user asked for.
import { isIP } from 'node:net';

export interface ResolvConfInput {
  /** Text of the host's /etc/resolv.conf. */
  host: string;
  /** HostConfig.Dns, DnsSearch, DnsOptions: each replaces the host's when not empty. '.' as search means none. */
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  /** The VM's own resolvers (NAPI); they stand in for the host's when there are any. */
  resolvers: string[];
  /** True with --network host: the host's loopback resolver can be reached then. */
  hostNetwork: boolean;
}

/** dockerd's fallback when the host has only loopback resolvers. */
const FALLBACK = ['8.8.8.8', '8.8.4.4'];
const HOST_FILE = '/etc/resolv.conf';

interface Parsed {
  nameservers: string[];
  invalid: string[];
  search: string[];
  options: string[];
  other: string[];
}

/** The text, with the trailing comment by which dockerd says where each part came from. */
export function resolvConf(input: ResolvConfInput): string {
  const host = parse(input.host);
  const own = input.dns.length > 0 ? input.dns : input.resolvers;
  const usable = input.hostNetwork ? host.nameservers : host.nameservers.filter(isReachable);
  const fellBack = own.length === 0 && usable.length === 0 && !input.hostNetwork;
  const nameservers = own.length > 0 ? own : fellBack ? FALLBACK : usable;
  const search = input.dnsSearch.length > 0 ? input.dnsSearch.filter((name) => name !== '.') : host.search;
  const options = input.dnsOptions.length > 0 ? input.dnsOptions : host.options;
  const lines = [
    ...nameservers.map((ip) => `nameserver ${ip}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    ...host.other,
    '',
    ...remarks(input, host, fellBack, options),
  ];
  return `${lines.join('\n')}\n`;
}

function parse(text: string): Parsed {
  const parsed: Parsed = { nameservers: [], invalid: [], search: [], options: [], other: [] };
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '' || /^[#;]/.test(line)) continue;
    const [keyword = '', ...words] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && words[0] !== undefined) {
      (isIP(words[0].split('%', 1)[0]!) === 0 ? parsed.invalid : parsed.nameservers).push(words[0]);
    } else if (keyword === 'search' || keyword === 'domain') {
      if (words.length > 0) parsed.search = words;
    } else if (keyword === 'options') parsed.options.push(...words);
    else if (keyword !== 'nameserver') parsed.other.push(line);
  }
  return parsed;
}

/** Loopback ones answer only in the host's namespace, and our containers have no IPv6. */
function isReachable(ip: string): boolean {
  return isIP(ip) === 4 && !ip.startsWith('127.');
}

function remarks(input: ResolvConfInput, host: Parsed, fellBack: boolean, options: string[]): string[] {
  const overrides = [
    ...(input.dns.length > 0 || input.resolvers.length > 0 ? ['nameservers'] : []),
    ...(input.dnsSearch.length > 0 ? ['search'] : []),
    ...(input.dnsOptions.length > 0 ? ['options'] : []),
  ];
  const ndots = options.some((option) => /^ndots(:|$)/.test(option));
  return [
    `# Based on host file: '${HOST_FILE}'${input.hostNetwork ? '' : ' (legacy)'}`,
    ...(fellBack ? ['# Used default nameservers.'] : []),
    ...(host.invalid.length > 0 ? [`# Invalid nameservers: [${host.invalid.join(' ')}]`] : []),
    `# Overrides: [${overrides.join(' ')}]`,
    ...(ndots ? [`# Option ndots from: ${input.dnsOptions.length > 0 ? 'override' : 'host'}`] : []),
  ];
}
