// Lets the machine's own loopback addresses be routed to a bridge, so that 127.0.0.1:port can lead to a container.
import { readFile, writeFile } from 'node:fs/promises';

/** Idempotent. The rules refuse what comes from the bridge to a loopback address (ruleset.ts). Throws what the kernel says. */
export async function allowLoopbackTo(ip: string): Promise<void> {
  const link = routeTo(ip, await readFile('/proc/net/route', 'utf8'));
  if (link === null) return;
  const file = `/proc/sys/net/ipv4/conf/${link}/route_localnet`;
  if ((await readFile(file, 'utf8')).trim() !== '1') await writeFile(file, '1');
}

/** The link by which an address is reached without a gateway; `table` is /proc/net/route. Pure. */
export function routeTo(ip: string, table: string): string | null {
  const wanted = number(ip);
  let found: { link: string; mask: number } | null = null;
  for (const line of table.split('\n').slice(1)) {
    const [link, destination, gateway, , , , , mask] = line.split('\t');
    if (!link || destination === undefined || gateway !== '00000000' || mask === undefined) continue;
    const bits = swapped(mask);
    if ((wanted & bits) >>> 0 !== swapped(destination) || bits === 0) continue;
    if (found === null || bits > found.mask) found = { link, mask: bits };
  }
  return found?.link ?? null;
}

function number(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The table has the bytes of this machine's order; every one that Node runs on is little-endian. */
function swapped(hex: string): number {
  return Buffer.from(hex.padStart(8, '0'), 'hex').readUInt32LE();
}
