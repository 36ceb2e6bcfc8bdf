// Answers one DNS question of a VM: names of its neighbours here, everything else by other servers.
import { isIP } from 'node:net';
import { withGateway } from '#lib/docker-vm/endpoints.ts';
import { prefixOf } from '#lib/net/addresses.ts';
import { cidrsOverlap } from '#lib/wire/ip.ts';
import { ipv6Of } from '#lib/wire/nic-ipv6.ts';
import type { VmNic } from '#lib/wire/types.ts';
import { type Asker, type NameIndex, ownServers } from './name-index.ts';
import {
  addressOfPointer,
  addressReply,
  cutForUdp,
  type DnsQuery,
  failure,
  pointerReply,
  RCODE,
  readQuery,
} from './question.ts';
import { askUpstream, type Server, serverAt } from './upstream.ts';

export interface AnswerParts {
  index: NameIndex;
  /** The machine's own servers, as they are now. */
  hostServers: () => Promise<Server[]>;
}

/** `from`: the asker's address. null: not worth an answer. */
export async function answer(
  { index, hostServers }: AnswerParts,
  message: Buffer,
  from: string,
  protocol: 'udp' | 'tcp',
): Promise<Buffer | null> {
  const query = readQuery(message);
  if (query === null) return null;
  const asker = index.askerAt(from);
  if (asker === null) return failure(query, RCODE.refused);
  const own = ownAnswer(index, asker, query);
  if (own) return protocol === 'udp' ? cutForUdp(query, own) : own;
  const servers = await serversFor(asker, hostServers);
  return (await askUpstream(message, servers, protocol)) ?? failure(query, RCODE.serverFailure);
}

/** null: nobody here is called so. Pure. */
export function ownAnswer(index: NameIndex, asker: Asker, query: DnsQuery): Buffer | null {
  const { name, type } = query.question;
  if (type === 'PTR') {
    const ip = addressOfPointer(name);
    const found = ip && index.nameOf(asker, ip);
    return found ? pointerReply(query, found) : null;
  }
  const ips = index.find(asker, name);
  return ips.length > 0 ? addressReply(query, shuffled(ips)) : null;
}

/**
 * Who is only on internal networks must not reach the outside by our mouth: only servers that it has named itself, on its own
 * networks. Loopback servers that a user names would be this machine's.
 */
async function serversFor({ vm }: Asker, hostServers: AnswerParts['hostServers']): Promise<Server[]> {
  const named = ownServers(vm).filter((ip) => isIP(ip) !== 0 && !isLoopback(ip));
  const isInternal = withGateway(vm).every(({ gateway }) => gateway === undefined);
  if (isInternal) {
    const near = named.filter((ip) => vm.nics.some((nic) => isOn(nic, ip)));
    return near.map(serverAt);
  }
  return named.length > 0 ? named.map(serverAt) : hostServers();
}

function isOn(nic: VmNic, ip: string): boolean {
  const six = ipv6Of(nic);
  const own = [`${nic.ip}/${prefixOf(nic.netmask)}`, ...(six ? [`${six.ip}/${six.prefix}`] : [])];
  return own.some((cidr) => cidrsOverlap(cidr, `${ip}/${isIP(ip) === 4 ? 32 : 128}`));
}

function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}

/** Several containers of one name share the work. */
function shuffled(ips: string[]): string[] {
  const out = [...ips];
  for (let at = out.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [out[at], out[other]] = [out[other]!, out[at]!];
  }
  return out;
}
