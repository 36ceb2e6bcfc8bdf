// The environment that a link brings: address and ports of the linked container, and its own environment.
import { parsePort } from '#lib/docker-vm/ports.ts';

/** The linked container, as far as the variables tell of it. */
export interface Linked {
  ip: string;
  /** '/parent/alias'. */
  name: string;
  alias: string;
  env: string[];
  /** '80/tcp' … */
  exposed: string[];
}

interface Port {
  port: number;
  protocol: string;
}

/** In dockerd's order: ports, TCP first; the ends of each run of ports; the name; the linked container's own variables. Pure. */
export function linkEnv({ ip, name, alias, env, exposed }: Linked): string[] {
  const prefix = alias.toUpperCase().replaceAll('-', '_');
  const ports = exposed
    .map((text) => parsePort(text))
    .filter((port) => port !== null)
    .sort(tcpFirst);
  const [first] = ports;
  const lines = first ? [`${prefix}_PORT=${urlOf(ip, first)}`] : [];
  for (const run of runsOf(ports)) {
    lines.push(...run.flatMap((port) => portLines(prefix, ip, port)));
    if (run.length > 1) lines.push(...endLines(prefix, ip, run));
  }
  lines.push(`${prefix}_NAME=${name}`);
  for (const entry of env) {
    const at = entry.indexOf('=');
    // Those that every image sets say nothing of the container.
    if (at < 0 || ['HOME', 'PATH'].includes(entry.slice(0, at))) continue;
    lines.push(`${prefix}_ENV_${entry}`);
  }
  return lines;
}

function portLines(prefix: string, ip: string, port: Port): string[] {
  const own = keyOf(prefix, port);
  return [
    `${own}=${urlOf(ip, port)}`,
    `${own}_ADDR=${ip}`,
    `${own}_PORT=${port.port}`,
    `${own}_PROTO=${port.protocol}`,
  ];
}

function endLines(prefix: string, ip: string, run: Port[]): string[] {
  const [start, end] = [run[0]!, run.at(-1)!];
  const own = keyOf(prefix, start);
  return [
    `${own}_START=${urlOf(ip, start)}`,
    `${own}_PORT_START=${start.port}`,
    `${own}_END=${urlOf(ip, end)}`,
    `${own}_PORT_END=${end.port}`,
  ];
}

/** Ports of one protocol that follow each other. */
function runsOf(ports: Port[]): Port[][] {
  const runs: Port[][] = [];
  for (const port of ports) {
    const last = runs.at(-1)?.at(-1);
    if (last && last.protocol === port.protocol && last.port + 1 === port.port) runs.at(-1)!.push(port);
    else runs.push([port]);
  }
  return runs;
}

function keyOf(prefix: string, { port, protocol }: Port): string {
  return `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
}

function urlOf(ip: string, { port, protocol }: Port): string {
  return `${protocol}://${ip}:${port}`;
}

function tcpFirst(a: Port, b: Port): number {
  if (a.protocol === b.protocol) return a.port - b.port;
  if (a.protocol === 'tcp') return -1;
  if (b.protocol === 'tcp') return 1;
  return a.protocol < b.protocol ? -1 : 1;
}
