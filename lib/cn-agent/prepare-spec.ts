// Gathers what one run needs on the host (network, files of /etc, user, devices) and builds its OCI spec.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nicsWithOptions } from '#lib/docker-vm/endpoint-options.ts';
import { withGateway } from '#lib/docker-vm/endpoints.ts';
import { linkHostsOf } from '#lib/docker-vm/links.ts';
import { addressesOf } from '#lib/wire/nic-ipv6.ts';
import type { Vm } from '#lib/wire/types.ts';
import { checkPropagation } from './check-propagation.ts';
import { type EtcFilesInput, etcPaths, writeEtcFiles } from './etc-files/write.ts';
import { STARTING, tellRefusal } from './interface-refusal.ts';
import {
  hostConfigOf,
  type Join,
  joinedRef,
  namespacePaths,
  networkOwner,
  sharedShm,
} from './joins/find-joins.ts';
import { mountShm } from './joins/shm.ts';
import type { Machine } from './machine.ts';
import { hasNames, namesFor } from './names.ts';
import type { AgentNode } from './node.ts';
import { containerBinds } from './oci-spec/binds.ts';
import { buildSpec, containerHostname } from './oci-spec/build-spec.ts';
import { type DockerSettings, dockerSettings, type HostConfig } from './oci-spec/docker-settings.ts';
import { readHostDevices } from './oci-spec/host-devices.ts';
import { SHM_SIZE } from './oci-spec/mounts.ts';
import { resolveUser } from './oci-spec/resolve-user.ts';
import { readRootfsFile } from './oci-spec/rootfs-file.ts';
import type { OciSpec, ResolvedUser, SpecInput } from './oci-spec/types.ts';
import { allBinds, volumeBinds } from './oci-spec/volume-binds.ts';
import { holdVolumes } from './volumes/use-volumes.ts';

/** Larger passwd or group files are an attack on our memory, not a real system. */
const MAX_USER_FILE = 10 * 1024 * 1024;

/**
 * All parts at once; those that acquire something (the network) are given back by the caller on any failure.
 * Throws TritonError VmStartFailed or UserNotFound with dockerd's text.
 */
export async function prepareSpec(node: AgentNode, machine: Machine, joins: Join[]): Promise<OciSpec> {
  const { vm, image } = machine.zone;
  const settings = dockerSettings(vm, image.config);
  const { net, ...joinNamespaces } = namespacePaths(joins);
  const work = [
    netnsPath(node, machine, net),
    etcFiles(node, machine, settings),
    userInRootfs(machine, settings.user, settings.hostConfig.GroupAdd ?? []),
    readHostDevices(settings.hostConfig),
    shmPath(node, machine, settings.hostConfig, joins),
    holdVolumes(node, machine, machine.uuid),
    makeBindSources(vm, settings.hostConfig),
  ] as const;
  await Promise.allSettled(work);
  const [netns, etc, user, devices, shm, volumes] = await Promise.all(work);
  await checkPropagation(allBinds(vm, settings.hostConfig, volumes));
  return buildSpec({
    vm,
    imageConfig: image.config,
    host: node.hostFacts,
    cgroupParent: node.cgroupParent,
    netnsPath: netns,
    etc,
    user,
    ...devices,
    volumes,
    joinNamespaces,
    ...(net === undefined ? {} : { hostname: networkHostname(node, machine) }),
    ...(shm === undefined ? {} : { shmPath: shm }),
  });
}

/** null = the host's. */
async function netnsPath(
  node: AgentNode,
  machine: Machine,
  joined: string | undefined,
): Promise<string | null> {
  if (hostConfigOf(networkOwner(node, machine)).NetworkMode === 'host') return null;
  if (joined !== undefined) return joined;
  const { vm } = machine.zone;
  const space = node.net.acquire(machine.uuid, nicsWithOptions(vm), namesFor(node, vm));
  const { path } = await tellRefusal(space, STARTING);
  return path;
}

/** Who joins a network has the very files of the one who owns it. */
async function etcFiles(
  node: AgentNode,
  machine: Machine,
  settings: DockerSettings,
): Promise<SpecInput['etc']> {
  const owner = networkOwner(node, machine);
  // The owner may have been removed since its network was joined, and its files with it.
  const isThere = owner !== machine && joinedRef(hostConfigOf(owner).NetworkMode) === null;
  if (isThere) return etcPaths(etcDir(owner));
  return writeEtcFiles(etcDir(machine), etcInput(node, machine.zone.vm, settings));
}

const etcDir = ({ zonePath }: Machine): string => join(zonePath, 'etc');

function networkHostname(node: AgentNode, machine: Machine): string {
  const { zone } = networkOwner(node, machine);
  const settings = dockerSettings(zone.vm, zone.image.config);
  return containerHostname(settings, node.hostFacts, settings.hostConfig.NetworkMode === 'host');
}

/** undefined: one of its own that nobody joins, or none. */
async function shmPath(
  node: AgentNode,
  machine: Machine,
  { IpcMode, ShmSize }: HostConfig,
  joins: Join[],
): Promise<string | undefined> {
  if (IpcMode === 'shareable') return mountShm(machine.zonePath, ShmSize || SHM_SIZE);
  return sharedShm(node, joins);
}

function etcInput(node: AgentNode, vm: Vm, settings: DockerSettings): EtcFilesInput {
  const { hostConfig } = settings;
  const hostNetwork = hostConfig.NetworkMode === 'host';
  const nics = withGateway(vm).toSorted((a, b) => Number(b.primary ?? false) - Number(a.primary ?? false));
  return {
    hostname: containerHostname(settings, node.hostFacts, hostNetwork),
    domainname: settings.domainname,
    ips: nics.flatMap(addressesOf),
    extraHosts: hostConfig.ExtraHosts ?? [],
    links: linkHostsOf(vm.internal_metadata),
    hostGateway: node.net.gateway,
    dns: hostConfig.Dns ?? [],
    dnsSearch: hostConfig.DnsSearch ?? [],
    dnsOptions: hostConfig.DnsOptions ?? [],
    resolvers: vm.resolvers,
    hostNetwork,
    named: hasNames(vm),
  };
}

/** A Docker user text by the container's own passwd and group. Throws TritonError UserNotFound with dockerd's text. */
export function userInRootfs(machine: Machine, user: string, groupAdd: string[] = []): Promise<ResolvedUser> {
  return resolveUser(user, (path) => readRootfsFile(machine.zone.rootfs, path, MAX_USER_FILE), groupAdd);
}

/** dockerd makes the missing host directories of -v, not those of --mount. What is there already may as well be a file. */
async function makeBindSources(vm: Vm, host: HostConfig): Promise<void> {
  const missing = containerBinds(host, volumeBinds(vm)).filter((bind) => bind.createSource);
  const make = ({ source }: { source: string }) =>
    mkdir(source, { recursive: true }).catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'EEXIST') throw err;
    });
  await Promise.all(missing.map(make));
}
