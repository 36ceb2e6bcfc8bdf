// By which link an address is reached, from the kernel's routing table.

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
