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
  /** True on a network with names: the name server inside asks the others. */
  named: boolean;
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
  if (input.named) return namedResolvConf(input, host);
  const own = input.dns.length > 0 ? input.dns : input.resolvers;
  const usable = input.hostNetwork ? host.nameservers : host.nameservers.filter(isReachable);
  const fellBack = own.length === 0 && usable.length === 0 && !input.hostNetwork;
  const nameservers = own.length > 0 ? own : fellBack ? FALLBACK : usable;
  const search = searchOf(input, host);
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

/** The name server inside is the only one; a name without dots is asked of it as it is, before `search` is tried. */
function namedResolvConf(input: ResolvConfInput, host: Parsed): string {
  const search = searchOf(input, host);
  const asked = input.dnsOptions.length > 0 ? input.dnsOptions : host.options;
  const hasNdots = asked.some(isNdots);
  const overrides = [
    ...(input.dns.length > 0 ? ['nameservers'] : []),
    ...(input.dnsSearch.length > 0 ? ['search'] : []),
    ...(input.dnsOptions.length > 0 ? ['options'] : []),
  ];
  const from = !hasNdots ? 'internal' : input.dnsOptions.length > 0 ? 'override' : 'host';
  const lines = [
    'nameserver 127.0.0.11',
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    `options ${[...asked, ...(hasNdots ? [] : ['ndots:0'])].join(' ')}`,
    ...host.other,
    '',
    `# Based on host file: '${HOST_FILE}' (internal resolver)`,
    `# Overrides: [${overrides.join(' ')}]`,
    `# Option ndots from: ${from}`,
  ];
  return `${lines.join('\n')}\n`;
}

function searchOf({ dnsSearch }: ResolvConfInput, host: Parsed): string[] {
  return dnsSearch.length > 0 ? dnsSearch.filter((name) => name !== '.') : host.search;
}

function isNdots(option: string): boolean {
  return /^ndots(:|$)/.test(option);
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
  const ndots = options.some(isNdots);
  return [
    `# Based on host file: '${HOST_FILE}'${input.hostNetwork ? '' : ' (legacy)'}`,
    ...(fellBack ? ['# Used default nameservers.'] : []),
    ...(host.invalid.length > 0 ? [`# Invalid nameservers: [${host.invalid.join(' ')}]`] : []),
    `# Overrides: [${overrides.join(' ')}]`,
    ...(ndots ? [`# Option ndots from: ${input.dnsOptions.length > 0 ? 'override' : 'host'}`] : []),
  ];
}
