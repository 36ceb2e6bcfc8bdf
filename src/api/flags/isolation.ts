// Flags of docker run and create on what separates a container from others and from its host.
import type { Flag } from './types.ts';

export const ISOLATION_FLAGS = [
  {
    flags: '--cap-add, --cap-drop',
    fields: ['HostConfig.CapAdd', 'HostConfig.CapDrop'],
    state: 'partial',
    reason: 'a capability that the compute node itself does not hold is left out without an error',
    metadataOnly: true,
  },
  {
    flags: '--privileged',
    fields: ['HostConfig.Privileged'],
    state: 'partial',
    reason: 'every capability that the compute node itself holds',
    metadataOnly: true,
  },
  {
    flags: '--security-opt',
    fields: ['HostConfig.SecurityOpt', 'HostConfig.MaskedPaths', 'HostConfig.ReadonlyPaths'],
    state: 'partial',
    reason: 'label is without effect, as on a dockerd without --selinux-enabled',
    metadataOnly: true,
  },
  { flags: '--read-only', fields: ['HostConfig.ReadonlyRootfs'], state: 'done', metadataOnly: true },
  { flags: '--sysctl', fields: ['HostConfig.Sysctls'], state: 'done', metadataOnly: true },
  {
    flags: '--pid',
    fields: ['HostConfig.PidMode'],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--ipc',
    fields: ['HostConfig.IpcMode'],
    state: 'done',
    metadataOnly: true,
  },
  { flags: '--uts', fields: ['HostConfig.UTSMode'], state: 'done', metadataOnly: true },
  {
    flags: '--userns',
    fields: ['HostConfig.UsernsMode'],
    state: 'done',
    reason: "every container is in the compute node's user namespace, as on a dockerd without userns-remap",
    metadataOnly: true,
  },
  {
    flags: '--cgroupns, --cgroup-parent',
    fields: ['HostConfig.CgroupnsMode', 'HostConfig.CgroupParent', 'HostConfig.Cgroup'],
    state: 'partial',
    reason:
      "a container has a cgroup namespace of its own unless `--cgroupns host` is asked for, on cgroup v1 too, where dockerd gives the host's",
    metadataOnly: true,
  },
  { flags: '--isolation', fields: ['HostConfig.Isolation'], state: 'done' },
  {
    flags: '--runtime',
    fields: ['HostConfig.Runtime'],
    state: 'done',
    reason: 'runc is the only one; another name is a 400, as on a dockerd without it',
  },
] as const satisfies readonly Flag[];
