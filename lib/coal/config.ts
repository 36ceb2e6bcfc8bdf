// CoaL's part of the configuration, checked and frozen. Every setting stands once, with its default, in etc/coal.json.
import { isIP, isIPv4 } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { FatalError } from '#lib/process/fatal.ts';
import type { RegistrySettings } from '#lib/registry/endpoints.ts';
import type { Json } from '#lib/settings/load.ts';
import { isUuid } from '#lib/wire/uuid.ts';

export interface CoalConfig {
  stateDir: string;
  /** For the services' sockets and the stdio socket: root and the group may enter. */
  socketDir: string;
  /** Group that may speak to CoaL: the daemon's. */
  group: string;
  adminUuid: string;
  datacenterName: string;
  /** Absolute path of the packages' file. */
  packages: string;
  network: {
    name: string;
    bridge: string;
    subnet: string;
    mtu: number;
    resolvers: string[];
    poolSize: number;
  };
  containerd: {
    own: boolean;
    root: string;
    state: string;
    socket: string;
    namespace: string;
    cgroupParent: string;
  };
  registry: RegistrySettings;
  logLevel: string;
}

/** Throws FatalError that names the wrong setting. */
export function readCoalConfig(settings: { [key: string]: Json }): Readonly<CoalConfig> {
  const config = settings as unknown as CoalConfig;
  const wrong = (name: string, want: string): never => {
    throw new FatalError(`setting coal.${name} must be ${want}`);
  };
  for (const name of ['stateDir', 'socketDir'] as const) {
    if (typeof config[name] !== 'string' || !isAbsolute(config[name])) wrong(name, 'an absolute path');
  }
  if (!isUuid(config.adminUuid)) wrong('adminUuid', 'a uuid');
  const { network, containerd } = config;
  if (!/^[a-z][a-z0-9]{0,8}$/.test(network.bridge)) wrong('network.bridge', '1–9 small letters and digits');
  const [address = '', bits = ''] = String(network.subnet).split('/');
  if (!isIPv4(address) || !(Number(bits) >= 8 && Number(bits) <= 29))
    wrong('network.subnet', 'an IPv4 network such as 172.29.0.0/16');
  if (!Number.isInteger(network.mtu) || network.mtu < 576) wrong('network.mtu', 'a number of bytes from 576');
  if (!Number.isInteger(network.poolSize) || network.poolSize < 0)
    wrong('network.poolSize', 'a number from 0');
  if (!Array.isArray(network.resolvers) || !network.resolvers.every((ip) => isIPv4(String(ip))))
    wrong('network.resolvers', 'a list of IPv4 addresses');
  if (!/^[A-Za-z0-9_-]+$/.test(containerd.cgroupParent))
    wrong('containerd.cgroupParent', 'one path component');
  if (typeof containerd.own !== 'boolean') wrong('containerd.own', 'true or false');
  const { mirrors, insecure } = config.registry;
  for (const [domain, urls] of Object.entries(mirrors))
    if (!Array.isArray(urls) || !urls.every(isWebUrl))
      wrong(`registry.mirrors.${domain}`, "a list of addresses such as 'http://127.0.0.1:5000'");
  if (!Array.isArray(insecure) || !insecure.every(isHostOrRange))
    wrong('registry.insecure', "a list of hosts ('reg.example:5000') and address ranges ('127.0.0.0/8')");
  const etc = resolve(import.meta.dirname, '../../etc');
  return Object.freeze({ ...config, packages: resolve(etc, config.packages) });
}

function isWebUrl(text: unknown): boolean {
  return typeof text === 'string' && /^https?:\/\/[^/]/.test(text) && URL.canParse(text);
}

function isHostOrRange(text: unknown): boolean {
  const [host = '', bits, ...more] = String(text).split('/');
  if (bits === undefined) return /^[\w.:[\]-]+$/.test(host);
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(host)] ?? -1;
  return more.length === 0 && /^\d+$/.test(bits) && Number(bits) <= most;
}
