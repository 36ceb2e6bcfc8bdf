// The addresses of a network to be made: from what was asked, or from a subnet of the pools.
import type { IpamConfig } from '#lib/store/types.ts';
import { ipToNumber, numberToIp, rangeOf } from '#lib/wire/ipv4.ts';
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
  const whole = rangeOf(asked?.Subnet || subnet)!;
  const range = rangeOf(asked?.IPRange ?? '') ?? whole;
  const first = Math.max(range.first, whole.first + 1);
  const last = Math.min(range.last, whole.last - 1);
  const aux = asked?.AuxiliaryAddresses ?? {};
  const taken = new Set(Object.values(aux).map(ipToNumber));
  let gateway = ipToNumber(asked?.Gateway ?? '');
  if (gateway === null) {
    gateway = first;
    while (taken.has(gateway) && gateway < last) gateway++;
  }
  const start = gateway === first && first < last ? first + 1 : first;
  const Subnet = `${numberToIp(whole.first)}/${whole.prefix}`;
  return {
    ipam: {
      Subnet,
      ...(asked?.IPRange ? { IPRange: asked.IPRange } : {}),
      Gateway: numberToIp(gateway),
      ...(Object.keys(aux).length > 0 ? { AuxiliaryAddresses: aux } : {}),
    },
    gateway: numberToIp(gateway),
    start: numberToIp(start),
    end: numberToIp(last),
    reserved: Object.values(aux),
  };
}
