// Numbers, sizes, durations and addresses as Docker's log options write them, read as Go reads them, with Go's complaints.

const DECIMAL = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 } as const;
const BINARY = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 } as const;
type Units = Readonly<Record<string, number>>;

/** '10m' → 10,000,000. Throws Error. */
export function fromHumanSize(text: string): number {
  return parseSize(text, DECIMAL);
}

/** '10m' → 10,485,760. Throws Error. */
export function ramInBytes(text: string): number {
  return parseSize(text, BINARY);
}

function parseSize(text: string, units: Units): number {
  const match = /^(.*[0-9. ])([^0-9. ]*)$/s.exec(text);
  if (!match) throw new Error(`invalid size: '${text}'`);
  const number = match[1]!.replace(/ $/, '');
  const suffix = match[2]!.toLowerCase();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(number)) {
    throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(number)}: invalid syntax`);
  }
  const size = Number(number);
  if (size < 0) throw new Error(`invalid size: '${text}'`);
  if (suffix === '' || suffix === 'b') return Math.trunc(size);
  const factor = units[suffix[0]!];
  if (factor === undefined || !['', 'b', 'ib'].includes(suffix.slice(1))) {
    throw new Error(`invalid suffix: '${suffix}'`);
  }
  return Math.trunc(size * factor);
}

/** Throws Error. */
export function atoi(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return value;
}

/** Throws Error. */
export function parseBool(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

const MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** '1.5s' → 1500 (ms). Throws Error. */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  if (!/^((\d+\.?\d*|\.\d+)[^\d.]*)+$/.test(rest)) throw new Error(`time: invalid duration ${quoted}`);
  let sum = 0;
  for (const [, number, unit] of rest.matchAll(/(\d+\.?\d*|\.\d+)([^\d.]*)/g)) {
    if (unit === '') throw new Error(`time: missing unit in duration ${quoted}`);
    const factor = MS[unit!];
    if (factor === undefined)
      throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    sum += Number(number) * factor;
  }
  return sign === '-' ? -sum : sum;
}

/** scheme://host/path as Go's url.Parse takes it apart: `host` may carry a port. */
export interface GoUrl {
  scheme: string;
  host: string;
  path: string;
}

/** Throws Error. */
export function parseUrl(text: string): GoUrl {
  const fail = (why: string): never => {
    throw new Error(`parse ${JSON.stringify(text)}: ${why}`);
  };
  if (/\p{Cc}/u.test(text)) fail('net/url: invalid control character in URL');
  const [, scheme = '', rest = ''] =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(.*)$/s.exec(text.replace(/[?#].*$/s, '')) ?? [];
  if (text.startsWith(':')) fail('missing protocol scheme');
  if (scheme === '' && /^[^/]*:/.test(rest)) fail('first path segment in URL cannot contain colon');
  if (!rest.startsWith('//')) return { scheme: scheme.toLowerCase(), host: '', path: rest };
  const [, authority = '', path = ''] = /^\/\/([^/]*)(.*)$/s.exec(rest) ?? [];
  const host = authority.replace(/^.*@/, '');
  const port = /^(?:\[[^\]]*\]|[^:[\]]*):(.*)$/.exec(host)?.[1];
  if (port !== undefined && !/^\d*$/.test(port))
    fail(`invalid port ${JSON.stringify(`:${port}`)} after host`);
  return { scheme: scheme.toLowerCase(), host, path };
}

/** 'h:1', '[::1]:1' → parts; null where there is no port. Throws Error on what is no address at all. */
export function splitHostPort(address: string): { host: string; port: string | null } {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(address);
  if (!match) throw new Error(`address ${address}: too many colons in address`);
  return { host: match[1] ?? match[2] ?? '', port: match[3] ?? null };
}
