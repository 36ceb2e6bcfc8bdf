// The options of the syslog driver.
import { parseUrl, splitHostPort } from './go-values.ts';

const FACILITIES = 'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp'.split(' ');
const LOCAL0 = 16;
const DAEMON = 3;

export type SyslogFormat = '' | 'rfc3164' | 'rfc5424' | 'rfc5424micro';
export type SyslogAddress =
  | { protocol: 'local' }
  | { protocol: 'unix' | 'unixgram'; path: string }
  | { protocol: 'udp' | 'tcp' | 'tcp+tls'; host: string; port: number };

export interface SyslogOptions {
  address: SyslogAddress;
  /** 0–23 */
  facility: number;
  format: SyslogFormat;
  tls: { ca: string | null; cert: string | null; key: string | null; skipVerify: boolean };
}

/** Throws Error in dockerd's words. */
export function parseSyslogOptions(config: Readonly<Record<string, string>>): SyslogOptions {
  return {
    address: parseAddress(config['syslog-address'] ?? ''),
    facility: parseFacility(config['syslog-facility'] ?? ''),
    format: parseFormat(config['syslog-format'] ?? ''),
    tls: {
      ca: config['syslog-tls-ca-cert'] || null,
      cert: config['syslog-tls-cert'] || null,
      key: config['syslog-tls-key'] || null,
      skipVerify: config['syslog-tls-skip-verify'] !== undefined,
    },
  };
}

function parseAddress(address: string): SyslogAddress {
  if (address === '') return { protocol: 'local' };
  const { scheme, host: authority, path } = parseUrl(address);
  if (scheme === 'unix' || scheme === 'unixgram') return { protocol: scheme, path };
  if (scheme !== 'udp' && scheme !== 'tcp' && scheme !== 'tcp+tls')
    throw new Error(`unsupported scheme: '${scheme}'`);
  const { host, port } = splitHostPort(authority);
  return { protocol: scheme, host, port: port === null ? 514 : Number(port) };
}

function parseFacility(text: string): number {
  if (text === '') return DAEMON;
  const named = FACILITIES.indexOf(text);
  if (named >= 0) return named;
  const local = /^local([0-7])$/.exec(text);
  if (local) return LOCAL0 + Number(local[1]);
  if (/^\+?\d{1,2}$/.test(text) && Number(text) <= 23) return Number(text);
  throw new Error('invalid syslog facility');
}

function parseFormat(text: string): SyslogFormat {
  if (text === '' || text === 'rfc3164' || text === 'rfc5424' || text === 'rfc5424micro') return text;
  throw new Error('Invalid syslog format');
}
