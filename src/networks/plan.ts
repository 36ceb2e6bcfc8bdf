// The addresses of a network to be made: from what was asked, or from a subnet of the pools. Of either family.
import type { IpamConfig } from '#lib/store/types.ts';
import { formatBlock, formatIp, parseBlock, parseIp } from '#lib/wire/ip.ts';
import type { IpamRequest } from './decode.ts';

export interface AddressPlan {
  /** As Docker shows it. */
  ipam: IpamConfig;
  gateway: string;
  /** What NAPI gives out unasked. */
  start: string;
  end: string;
  /** What nobody may get. */
  reserved: string[];
}

/** Pure. `asked` is sound; its own subnet, or `subnet` where it has none. Without a gateway asked for it is the first address given out. */
export function planAddresses(asked: IpamRequest | undefined, subnet: string): AddressPlan {
  const whole = parseBlock(asked?.Subnet || subnet)!;
  const range = parseBlock(asked?.IPRange ?? '') ?? whole;
  // The first of an IPv4 subnet is its own name, the last means all of it; the first of an IPv6 one means its routers.
  const lastOfAll = whole.family === 4 ? whole.last - 1n : whole.last;
  const first = larger(range.first, whole.first + 1n);
  const last = range.last < lastOfAll ? range.last : lastOfAll;
  const aux = asked?.AuxiliaryAddresses ?? {};
  const taken = new Set(Object.values(aux).map((text) => parseIp(text)?.value));
  let gateway = parseIp(asked?.Gateway ?? '')?.value;
  if (gateway === undefined) {
    gateway = first;
    while (taken.has(gateway) && gateway < last) gateway++;
  }
  const start = gateway === first && first < last ? first + 1n : first;
  const text = (value: bigint): string => formatIp({ family: whole.family, value });
  return {
    ipam: {
      Subnet: formatBlock(whole),
      ...(asked?.IPRange ? { IPRange: asked.IPRange } : {}),
      Gateway: text(gateway),
      ...(Object.keys(aux).length > 0 ? { AuxiliaryAddresses: aux } : {}),
    },
    gateway: text(gateway),
    start: text(start),
    end: text(last),
    reserved: Object.values(aux),
  };
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
