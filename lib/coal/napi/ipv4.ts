// How a subnet of the settings is laid out.
import { parseSubnet } from '#lib/net/addresses.ts';
import { ipToNumber } from '#lib/wire/ipv4.ts';

/**
 * The parts of a subnet:
 *
 *   network | gateway | start … end | broadcast
 */
export interface SubnetLayout {
  prefix: number;
  network: number;
  gateway: number;
  /** First and last address that is given out unasked. */
  start: number;
  end: number;
  broadcast: number;
}

/** Throws a RangeError when the text is no subnet, or its address has host bits. */
export function layOut(cidr: string): SubnetLayout {
  const { network: first, prefix } = parseSubnet(cidr);
  const network = ipToNumber(first) ?? Number.NaN;
  const size = 2 ** (32 - prefix);
  if (network % size !== 0) throw new RangeError(`'${cidr}' is not the first address of its subnet`);
  const broadcast = network + size - 1;
  return { prefix, network, gateway: network + 1, start: network + 2, end: broadcast - 1, broadcast };
}
