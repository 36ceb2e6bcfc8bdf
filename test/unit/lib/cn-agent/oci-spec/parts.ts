// A machine and a VM for the tests of the OCI spec.
import { boundingSet } from '#lib/cn-agent/oci-spec/host-facts.ts';
import type { HostFacts, SpecInput } from '#lib/cn-agent/oci-spec/types.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import { vmRecord } from '../vm-record.ts';

export const UUID = '0123abcd-4567-489a-bcde-f0123456789a';
export const ID = `0123abcd4567489abcdef0123456789a${'f'.repeat(32)}`;
const GIB = 2 ** 30;

/** A machine with cgroup v1 and everything in it. */
export function hostFacts(over: Partial<HostFacts> = {}): HostFacts {
  return {
    cgroup: 'v1',
    capabilities: boundingSet('CapBnd:\t000001ffffffffff'),
    x32: false,
    arch: 'x64',
    kernel: [6, 1],
    memoryBytes: 16 * GIB,
    cpus: 4,
    initPath: '/usr/bin/docker-init',
    seccomp: null,
    controllers: ['memory', 'cpu', 'cpuset', 'pids', 'blkio'],
    blkioWeight: true,
    hostname: 'machine',
    thermalThrottle: [],
    appArmor: null,
    cpuRealtime: true,
    swapLimit: true,
    ...over,
  };
}

export interface Asked {
  hostConfig?: object;
  config?: object;
  md?: Vm['internal_metadata'];
  vm?: Partial<Vm>;
  host?: Partial<HostFacts>;
  input?: Partial<SpecInput>;
}

/** What buildSpec gets for `docker run … busybox sleep 1`. */
export function specInput({
  hostConfig = {},
  config,
  md = {},
  vm = {},
  host = {},
  input = {},
}: Asked = {}): SpecInput {
  return {
    vm: {
      ...vmRecord(UUID, {
        [MD.id]: ID,
        [MD.cmd]: '["sleep","1"]',
        [MD.hostConfig]: JSON.stringify(hostConfig),
        ...(config ? { [MD.config]: JSON.stringify(config) } : {}),
        ...md,
      }),
      ...vm,
    },
    imageConfig: {},
    host: hostFacts(host),
    netnsPath: '/run/netns/x',
    cgroupParent: 'sdct',
    etc: { hosts: '/z/hosts', hostname: '/z/hostname', resolvConf: '/z/resolv.conf' },
    user: { uid: 0, gid: 0, additionalGids: [] },
    ...input,
  };
}
