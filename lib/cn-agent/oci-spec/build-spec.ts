// Turns a VM record into the OCI spec that runc runs.
import path from 'node:path';
import { TritonError } from '#lib/wire/errors.ts';
import { devices } from './devices.ts';
import { type DockerSettings, dockerSettings } from './docker-settings.ts';
import { mounts, rootfsPropagation } from './mounts.ts';
import { namespaces } from './namespaces.ts';
import { guardedPaths } from './paths.ts';
import { containerProcess } from './process.ts';
import { resources } from './resources.ts';
import { containerSeccomp } from './seccomp.ts';
import { sysctls } from './sysctls.ts';
import type { HostFacts, OciSpec, SpecInput } from './types.ts';
import { allBinds } from './volume-binds.ts';

/**
 * Pure: same input, same spec, as dockerd would write it (moby daemon/oci_linux.go; the deviations are in the parts).
 * Throws TritonError VmStartFailed for what cannot be honoured.
 *
 * What the caller does around it, in this order:
 * - `resolveUser` for `dockerSettings(...).user`, reading passwd and group with `readRootfsFile`;
 * - `writeEtcFiles`, with `containerHostname` as the name;
 * - `readHostDevices` when HostConfig names devices or is privileged;
 * - make the missing source directories of `allBinds` that have `createSource`;
 * - ContainerNet.acquire, unless the network mode is host.
 * The working directory needs nothing: runc makes it, owned by root, as dockerd does.
 */
export function buildSpec(input: SpecInput): OciSpec {
  const settings = dockerSettings(input.vm, input.imageConfig);
  const { hostConfig } = settings;
  const hostname = input.hostname ?? containerHostname(settings, input.host, input.netnsPath === null);
  const process = containerProcess(input, settings, hostname);
  const seccomp = containerSeccomp(hostConfig, input.host, process.capabilities.bounding);
  const propagation = rootfsPropagation(allBinds(input.vm, hostConfig, input.volumes ?? []));
  const { nodes, rules } = devices(input, hostConfig);
  return {
    ociVersion: '1.0.2',
    process,
    root: { path: input.rootfs ?? 'rootfs', readonly: hostConfig.ReadonlyRootfs === true },
    ...(hostConfig.UTSMode === 'host' ? {} : { hostname }),
    mounts: mounts(input, settings),
    ...(hostConfig.Annotations ? { annotations: hostConfig.Annotations } : {}),
    linux: {
      sysctl: sysctls(input, settings),
      resources: { devices: rules, ...resources(input, hostConfig) },
      cgroupsPath: cgroupsPath(settings, input.cgroupParent),
      namespaces: namespaces(input, hostConfig),
      devices: nodes,
      ...(seccomp === null ? {} : { seccomp }),
      ...guardedPaths(hostConfig, input.host),
      ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
    },
  };
}

/** The name a container is told; with the host's network it is the host's unless one was asked for, as in dockerd. */
export function containerHostname(settings: DockerSettings, host: HostFacts, hostNetwork: boolean): string {
  return hostNetwork && !settings.hostnameAsked ? host.hostname : settings.hostname;
}

function cgroupsPath(settings: DockerSettings, parent: string): string {
  const whole = path.join('/', settings.hostConfig.CgroupParent || parent, settings.id);
  if (path.dirname(whole) === '/')
    throw new TritonError('VmStartFailed', 400, `invalid cgroup parent: ${settings.hostConfig.CgroupParent}`);
  return whole;
}
