// MAC addresses: Triton's own block, and the ones that a caller asks for.
import { randomBytes } from 'node:crypto';

/** The block that Triton takes its MACs from. */
const OUI = '90:b8:d0';

/** A random one that is not taken. 2^24 addresses, far more than a subnet that one machine serves. */
export function newMac(isTaken: (mac: string) => boolean): string {
  for (;;) {
    const mac = `${OUI}:${pairs(randomBytes(3).toString('hex'))}`;
    if (!isTaken(mac)) return mac;
  }
}

/** '90B8D0000001', '90-b8-d0-…' or '90:b8:d0:…' → '90:b8:d0:…'; null when it is no address that one nic can have. */
export function parseMac(text: string): string | null {
  const hex = text.toLowerCase().replaceAll(/[:-]/g, '');
  if (!/^[0-9a-f]{12}$/.test(hex) || /^0+$/.test(hex)) return null;
  const isMulticast = (Number.parseInt(hex.slice(0, 2), 16) & 1) === 1;
  return isMulticast ? null : pairs(hex);
}

function pairs(hex: string): string {
  return hex.match(/../g)!.join(':');
}
