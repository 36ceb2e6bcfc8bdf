// Publishes the ports of a VM that starts, and takes them back when it has stopped.
import { createHash } from 'node:crypto';
import { withGateway } from '#lib/docker-vm/endpoints.ts';
import type { HostBinding, PortMap } from '#lib/docker-vm/ports.ts';
import { subnetOf } from '#lib/net/addresses.ts';
import { type PortBinding, PortTakenError, type PortTarget } from '#lib/net/ports/types.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { formatBlock, parseBlock } from '#lib/wire/ip.ts';
import { ipv6Of, type NicIpv6 } from '#lib/wire/nic-ipv6.ts';
import type { Vm, VmNic } from '#lib/wire/types.ts';
import type { Machine } from '../machine.ts';
import type { AgentNode } from '../node.ts';
import { dockerSettings } from '../oci-spec/docker-settings.ts';
import { namedPorts, portWishes } from './wishes.ts';

/** null when the VM names no port, or has no address; nothing in the map when outsiders may not be led to it. Throws TritonError VmStartFailed with dockerd's text. */
export async function publishPorts(node: AgentNode, machine: Machine): Promise<PortMap | null> {
  const { vm, image } = machine.zone;
  const settings = dockerSettings(vm, image.config);
  const nic = publishedNic(vm);
  const names = namedPorts(settings);
  if (vm.nics.length === 0 || names.length === 0) return null;
  if (nic === null) return {};
  try {
    const bindings = await node.ports.publish(vm.uuid, targetOf(nic), portWishes(settings));
    return toPortMap(names, bindings);
  } catch (err) {
    if (!(err instanceof PortTakenError)) throw err;
    throw new TritonError('VmStartFailed', 500, refusal(vm, nic, err), [], err);
  }
}

/** Never throws: what could not be taken back is gone at the next start. */
export async function withdrawPorts(node: AgentNode, machine: Machine): Promise<void> {
  await node.ports.withdraw(machine.uuid).catch((err: unknown) => {
    node.log.error({ err, vm: machine.uuid }, 'published ports could not be taken back');
  });
}

/** The nic whose address outsiders are led to: nobody is into a network that leads nowhere. Pure. */
export function publishedNic(vm: Pick<Vm, 'nics' | 'internal_metadata'>): VmNic | null {
  const nics = withGateway(vm);
  return nics.find(({ primary }) => primary) ?? nics.find(({ primary }) => primary === undefined) ?? null;
}

export function targetOf(nic: VmNic): PortTarget {
  const six = ipv6Of(nic);
  const ipv6 = six ? { ipv6: { ip: six.ip, subnet: blockOf(six) } } : {};
  return { ip: nic.ip, subnet: subnetOf(nic.ip, nic.netmask), ...ipv6 };
}

function blockOf({ ip, prefix }: NicIpv6): string {
  return formatBlock(parseBlock(`${ip}/${prefix}`)!);
}

/** Pure. */
export function toPortMap(names: string[], bindings: PortBinding[]): PortMap {
  const map: PortMap = Object.fromEntries(names.map((name) => [name, null]));
  for (const { port, protocol, hostIp, hostPort } of bindings) {
    const name = `${port}/${protocol}`;
    const list: HostBinding[] = map[name] ?? [];
    list.push({ HostIp: hostIp, HostPort: String(hostPort) });
    map[name] = list;
  }
  return map;
}

/** Programs look for its last words. */
function refusal(vm: Vm, nic: VmNic, { reason, wanted, code }: PortTakenError): string {
  const endpoint = createHash('sha256').update(`endpoint ${vm.uuid} ${nic.mac}`).digest('hex');
  const { hostIp, hostPort, port, protocol } = wanted;
  const host = hostIp.includes(':') ? `[${hostIp}]` : hostIp;
  const why =
    reason === 'allocated'
      ? `Bind for ${host}:${hostPort} failed: port is already allocated`
      : `failed to bind host port for ${host}:${hostPort}:${nic.ip}:${port}/${protocol}: ${words(code)}`;
  return `failed to set up container networking: driver failed programming external connectivity on endpoint ${vm.alias ?? vm.uuid} (${endpoint}): ${why}`;
}

/** As Go says them. */
function words(code: string): string {
  const known: Record<string, string> = {
    EADDRINUSE: 'address already in use',
    EADDRNOTAVAIL: 'cannot assign requested address',
    EACCES: 'permission denied',
  };
  return known[code] ?? code;
}
