// How many addresses of a network are in use: Status of GET /networks/{id} from API 1.52 on.

import type { IpamConfig } from '#lib/store/types.ts';
import { contains, parseBlock, parseIp } from '#lib/wire/ip.ts';
import type { Req } from '#src/context.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import type { AccountNetwork } from './lookup.ts';

/** Docker's NetworkStatus. The numbers are beyond what JavaScript counts: JSON as it is to be written. */
export interface NetworkStatus {
  IPAM: { Subnets: Record<string, { IPsInUse: object; DynamicIPsAvailable: object }> };
}

const MOST = 2n ** 64n - 1n;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };

/** null for host and none, which have no addresses. Throws DockerError when NAPI does not answer. */
export async function networkStatus(
  { app, call }: Pick<Req, 'app' | 'call'>,
  { network, network6, resource }: AccountNetwork,
): Promise<NetworkStatus | null> {
  const halves = [network, network6].filter((half) => half !== null);
  if (halves.length === 0) return null;
  const listed = await Promise.all(
    halves.map(({ uuid }) => asDocker(app.triton.napi.listIps(uuid, call), { ref: resource.Name })),
  );
  const held = listed.flat().filter(({ free }) => !free);
  return toStatus(
    resource.IPAM.Config,
    held.map(({ ip }) => ip),
  );
}

/** `held`: addresses that are somebody's. The first of a subnet, the last of an IPv4 one, and the gateway are never free. Pure. */
export function toStatus(configs: IpamConfig[], held: string[]): NetworkStatus {
  const addresses = held.flatMap((text) => parseIp(text) ?? []);
  const rows = configs.flatMap(({ Subnet, IPRange, Gateway }) => {
    const subnet = parseBlock(Subnet);
    if (subnet === null) return [];
    const range = parseBlock(IPRange ?? '') ?? subnet;
    const used = new Set(addresses.filter((ip) => contains(subnet, ip)).map(({ value }) => value));
    used.add(subnet.first);
    if (subnet.family === 4) used.add(subnet.last);
    const gateway = parseIp(Gateway ?? '');
    if (gateway) used.add(gateway.value);
    const inRange = [...used].filter((value) => value >= range.first && value <= range.last).length;
    const free = range.last - range.first + 1n - BigInt(inRange);
    return [[Subnet, { IPsInUse: count(BigInt(used.size)), DynamicIPsAvailable: count(free) }] as const];
  });
  return { IPAM: { Subnets: Object.fromEntries(rows) } };
}

function count(value: bigint): object {
  return rawJSON(String(value > MOST ? MOST : value));
}
