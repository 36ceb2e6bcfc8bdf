// Lets the machine's own loopback addresses be routed to a bridge, so that 127.0.0.1:port can lead to a container.
import { readFile, writeFile } from 'node:fs/promises';
import { routeTo } from '../route-to.ts';

/** Idempotent. The rules refuse what comes from the bridge to a loopback address (ruleset.ts). Throws what the kernel says. */
export async function allowLoopbackTo(ip: string): Promise<void> {
  const link = routeTo(ip, await readFile('/proc/net/route', 'utf8'));
  if (link === null) return;
  const file = `/proc/sys/net/ipv4/conf/${link}/route_localnet`;
  if ((await readFile(file, 'utf8')).trim() !== '1') await writeFile(file, '1');
}
