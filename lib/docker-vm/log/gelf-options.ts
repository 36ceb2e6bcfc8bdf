// The options of the gelf driver.
import { atoi, type GoUrl, parseUrl, splitHostPort } from './go-values.ts';

export interface GelfOptions {
  protocol: 'udp' | 'tcp';
  host: string;
  port: number;
  compression: 'gzip' | 'zlib' | 'none';
  /** −1 … 9 */
  level: number;
  maxReconnect: number;
  /** Seconds */
  reconnectDelay: number;
}

/** Throws Error in dockerd's words. */
export function parseGelfOptions(config: Readonly<Record<string, string>>): GelfOptions {
  const { scheme, host: authority } = parseAddress(config['gelf-address'] ?? '');
  const protocol = scheme as GelfOptions['protocol'];
  const { host, port } = splitHostPort(authority);
  for (const [key, value] of Object.entries(config)) checkOption(key, value, protocol);
  return {
    protocol,
    host,
    port: Number(port),
    compression: (config['gelf-compression-type'] ?? 'gzip') as GelfOptions['compression'],
    level: atoi(config['gelf-compression-level'] ?? '1'),
    maxReconnect: atoi(config['gelf-tcp-max-reconnect'] ?? '3'),
    reconnectDelay: atoi(config['gelf-tcp-reconnect-delay'] ?? '1'),
  };
}

function parseAddress(address: string): GoUrl {
  if (address === '') throw new Error('gelf-address is a required parameter');
  const url = parseUrl(address);
  if (url.scheme !== 'udp' && url.scheme !== 'tcp') throw new Error('gelf: endpoint needs to be TCP or UDP');
  if (!/:\d+$/.test(url.host)) throw new Error('gelf: please provide gelf-address as proto://host:port');
  return url;
}

function checkOption(key: string, value: string, protocol: GelfOptions['protocol']): void {
  const unknown = (): never => {
    throw new Error(
      `unknown value ${JSON.stringify(value)} for log opt ${JSON.stringify(key)} for gelf log driver`,
    );
  };
  if (key.startsWith('gelf-compression-') && protocol !== 'udp') {
    throw new Error('compression is only supported on UDP');
  }
  if (key === 'gelf-compression-level' && !/^(-1|\+?\d)$/.test(value)) unknown();
  if (key === 'gelf-compression-type' && !['gzip', 'zlib', 'none'].includes(value)) unknown();
  if (!key.startsWith('gelf-tcp-')) return;
  if (protocol !== 'tcp') throw new Error(`${JSON.stringify(key)} is only valid for TCP`);
  if (!/^\+?\d+$/.test(value)) throw new Error(`${JSON.stringify(key)} must be a positive integer`);
}
