// Makes the nics of a running VM those of its new record, and its /etc/hosts with them.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { withGateway } from '#lib/docker-vm/endpoints.ts';
import type { Vm } from '#lib/wire/types.ts';
import { ownNames } from './etc-files/hosts-file.ts';
import { changeHosts } from './etc-files/hosts-lines.ts';
import type { Machine } from './machine.ts';
import type { AgentNode } from './node.ts';
import { containerHostname } from './oci-spec/build-spec.ts';
import { dockerSettings } from './oci-spec/docker-settings.ts';
import { movePorts } from './ports/move-ports.ts';

/** Under the VM's lock. Nothing for one that does not run, or whose nics are the same. All or nothing. */
export async function applyNics(node: AgentNode, machine: Machine, before: Vm, after: Vm): Promise<void> {
  if (!machine.live) return;
  const nics = withGateway(after);
  if (isDeepStrictEqual(nics, withGateway(before))) return;
  await node.net.change(machine.uuid, nics);
  await movePorts(node, machine, before, after);
  const had = before.nics.map(({ ip }) => ip);
  const has = after.nics.map(({ ip }) => ip);
  const gone = had.filter((ip) => !has.includes(ip));
  const come = has.filter((ip) => !had.includes(ip));
  try {
    await changeHostsFile(node, machine, gone, come);
  } catch (err) {
    // Its own name for its own address: worth a line in the log, not a failed connect.
    node.log.warn({ err, vm: machine.uuid }, 'the hosts file of a VM could not be changed');
  }
}

/** In place: the container has this very inode mounted. */
async function changeHostsFile(
  node: AgentNode,
  machine: Machine,
  gone: string[],
  come: string[],
): Promise<void> {
  if (gone.length + come.length === 0) return;
  const settings = dockerSettings(machine.zone.vm, machine.zone.image.config);
  const names = ownNames(containerHostname(settings, node.hostFacts, false), settings.domainname);
  const file = await open(join(machine.zonePath, 'etc', 'hosts'), 'r+');
  try {
    const text = changeHosts(
      await file.readFile('utf8'),
      gone,
      come.map((ip) => ({ ip, names })),
    );
    await file.truncate(0);
    await file.write(text, 0);
  } finally {
    await file.close();
  }
}
