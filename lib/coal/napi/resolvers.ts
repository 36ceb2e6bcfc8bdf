// Which name servers containers are given: those of the settings, or the machine's own that a container can reach.
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';

/**
 * The second is where systemd-resolved keeps the real servers when the first names only its stub on 127.0.0.53, which no
 * container reaches.
 */
const FILES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

/** Read anew each time: a laptop changes its networks. [] when the machine has none that a container can use. */
export function hostResolvers(files: readonly string[] = FILES): string[] {
  for (const file of files) {
    const found = usableResolvers(read(file));
    if (found.length > 0) return found;
  }
  return [];
}

/** IPv4 servers of a resolv.conf(5) that are not on the loopback; the network has no IPv6. */
export function usableResolvers(text: string): string[] {
  const servers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((line) => line[1]!);
  return servers.filter((server) => isIPv4(server) && !server.startsWith('127.') && server !== '0.0.0.0');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
