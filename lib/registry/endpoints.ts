// Which servers hold the images of a domain, in the order to try them: configured mirrors, then the registry itself.
import { BlockList, isIP } from 'node:net';

/** How to reach registries, as the operator configured it. */
export interface RegistrySettings {
  /** Domain → base URLs tried first, e.g. {'docker.io': ['http://127.0.0.1:5000']}. */
  mirrors: Record<string, string[]>;
  /** Hosts ('localhost', 'reg.example:5000') and address ranges ('127.0.0.0/8') where plain http and any certificate will do. */
  insecure: string[];
}

export interface Endpoint {
  /** Without a slash at the end. */
  base: URL;
  insecure: boolean;
  /** A mirror serves the domain's names but is another party: it gets no credentials. */
  mirror: boolean;
}

const HUB = 'https://registry-1.docker.io';

/** Endpoints of a domain ('docker.io', 'host:port'). Insecure registries are tried with https first, then http, as dockerd does. */
export function endpointsOf(domain: string, settings: RegistrySettings): Endpoint[] {
  const mirrors = (settings.mirrors[domain] ?? []).map((text) => {
    const base = new URL(text);
    // An operator who writes http:// means it.
    return { base, insecure: base.protocol === 'http:' || isInsecure(base.host, settings), mirror: true };
  });
  if (domain === 'docker.io') return [...mirrors, { base: new URL(HUB), insecure: false, mirror: false }];
  const insecure = isInsecure(domain, settings);
  const secure = { base: new URL(`https://${domain}`), insecure, mirror: false };
  return insecure
    ? [...mirrors, secure, { ...secure, base: new URL(`http://${domain}`) }]
    : [...mirrors, secure];
}

/** Only names and addresses as written count: a look-up would let whoever answers DNS switch TLS off. */
export function isInsecure(host: string, settings: RegistrySettings): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const family = isIP(name);
  const ranges = new BlockList();
  for (const entry of settings.insecure) {
    if (entry === host || entry === name) return true;
    const [address = '', bits = ''] = entry.split('/');
    if (bits !== '' && isIP(address))
      ranges.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return family !== 0 && ranges.check(name, family === 4 ? 'ipv4' : 'ipv6');
}
