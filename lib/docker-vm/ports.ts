// Ports of containers as Docker writes them: '80/tcp', '8000-8010', and the map of what is published.

export interface HostBinding {
  HostIp: string;
  HostPort: string;
}
/** NetworkSettings.Ports: null for a port that is exposed but not published. */
export type PortMap = Record<string, HostBinding[] | null>;

export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface ContainerPort {
  port: number;
  protocol: Protocol;
}

export interface PortRange {
  first: number;
  last: number;
}

const PROTOCOLS: readonly string[] = ['tcp', 'udp', 'sctp'];

/** '80/tcp', '80' → its parts; null for anything else. */
export function parsePort(text: string): ContainerPort | null {
  const [number = '', protocol = 'tcp', ...more] = text.split('/');
  const range = parsePortRange(number);
  if (more.length > 0 || !range || range.first !== range.last || range.first === 0) return null;
  const name = protocol.toLowerCase();
  return PROTOCOLS.includes(name) ? { port: range.first, protocol: name as Protocol } : null;
}

/** '80' → '80/tcp'; null for what is no port. */
export function portName(text: string): string | null {
  const parsed = parsePort(text);
  return parsed && `${parsed.port}/${parsed.protocol}`;
}

/** The bindings of each port by its name; two keys may mean one port ('80' and '80/tcp'). What is no port is left out. */
export function bindingsByName<T>(bindings: Record<string, T[] | null>): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const [key, list] of Object.entries(bindings)) {
    const name = portName(key);
    if (name === null) continue;
    const before = found.get(name);
    found.set(name, before ? [...before, ...(list ?? [])] : (list ?? []));
  }
  return found;
}

/** '8000', '8000-8010' → its ends; null for anything else. */
export function parsePortRange(text: string): PortRange | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!match) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return last < first || last > 65_535 ? null : { first, last };
}

/** In order, without overlaps; neighbours are one. */
export function mergedRanges(ranges: readonly PortRange[]): PortRange[] {
  const out: PortRange[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = out.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else out.push({ first, last });
  }
  return out;
}

/** In dockerd's order of names: by number, then protocol. */
export function byPort(a: string, b: string): number {
  const [x, y] = [Number.parseInt(a, 10), Number.parseInt(b, 10)];
  return x - y || (a < b ? -1 : a > b ? 1 : 0);
}
