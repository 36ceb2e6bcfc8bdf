// Makes the nics of a running VM those of its new record, and its /etc/hosts with them.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { nicsWithOptions } from '#lib/docker-vm/endpoint-options.ts';
import { type LinkHost, linkHostsOf } from '#lib/docker-vm/links.ts';
import { addressesOf } from '#lib/wire/nic-ipv6.ts';
import type { Vm } from '#lib/wire/types.ts';
import { ownNames } from './etc-files/hosts-file.ts';
import { changeHosts } from './etc-files/hosts-lines.ts';
import { nameServerInside } from './etc-files/write.ts';
import { tellRefusal } from './interface-refusal.ts';
import type { Machine } from './machine.ts';
import { directNames, hasNames } from './names.ts';
import type { AgentNode } from './node.ts';
import { containerHostname } from './oci-spec/build-spec.ts';
import { dockerSettings } from './oci-spec/docker-settings.ts';
import { movePorts } from './ports/move-ports.ts';

/** Under the VM's lock. Nothing for one that does not run. The nics change all or not at all. */
export async function applyNics(node: AgentNode, machine: Machine, before: Vm, after: Vm): Promise<void> {
  if (!machine.live) return;
  const nics = nicsWithOptions(after);
  if (!isDeepStrictEqual(nics, nicsWithOptions(before))) {
    await tellRefusal(node.net.change(machine.uuid, nics));
    await directNames(node, after);
    await movePorts(node, machine, before, after);
  }
  try {
    await changeHostsFile(node, machine, before, after);
  } catch (err) {
    // Its own name for its own address, or a link: worth a line in the log, not a failed connect.
    node.log.warn({ err, vm: machine.uuid }, 'the hosts file of a VM could not be changed');
  }
  try {
    await changeResolvConf(machine, after);
  } catch (err) {
    node.log.warn({ err, vm: machine.uuid }, 'the resolv.conf of a VM could not be changed');
  }
}

/** The first network with names brings the name server; it stays when the last one goes, and asks other servers on. */
async function changeResolvConf(machine: Machine, vm: Vm): Promise<void> {
  if (!hasNames(vm)) return;
  const { hostConfig } = dockerSettings(vm, machine.zone.image.config);
  await nameServerInside(join(machine.zonePath, 'etc'), {
    dns: hostConfig.Dns ?? [],
    dnsSearch: hostConfig.DnsSearch ?? [],
    dnsOptions: hostConfig.DnsOptions ?? [],
    resolvers: vm.resolvers,
    hostNetwork: false,
  });
}

/** In place: the container has this very inode mounted. */
async function changeHostsFile(node: AgentNode, machine: Machine, before: Vm, after: Vm): Promise<void> {
  const [had, has] = [before, after].map((vm) => hostLines(node, machine, vm));
  const isIn = (lines: LinkHost[]) => (line: LinkHost) =>
    lines.some((other) => isDeepStrictEqual(other, line));
  const gone = had!.filter((line) => !isIn(has!)(line)).map(({ ip }) => ip);
  // Those of an address whose other lines go come again.
  const come = has!.filter((line) => !isIn(had!)(line) || gone.includes(line.ip));
  if (gone.length + come.length === 0) return;
  const file = await open(join(machine.zonePath, 'etc', 'hosts'), 'r+');
  try {
    const text = changeHosts(await file.readFile('utf8'), gone, come);
    await file.truncate(0);
    await file.write(text, 0);
  } finally {
    await file.close();
  }
}

/** The lines of /etc/hosts that a change of the VM may change. */
function hostLines(node: AgentNode, machine: Machine, vm: Vm): LinkHost[] {
  const settings = dockerSettings(vm, machine.zone.image.config);
  const names = ownNames(containerHostname(settings, node.hostFacts, false), settings.domainname);
  return [...vm.nics.flatMap(addressesOf).map((ip) => ({ ip, names })), ...linkHostsOf(vm.internal_metadata)];
}
