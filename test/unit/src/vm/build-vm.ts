// A VM record as VMAPI answers it for a container of ours, for tables of tests.
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';

export const UUID = '5f3a1c2e-0b4d-4c6e-8f10-112233445566';
export const ID = `5f3a1c2e0b4d4c6e8f10112233445566${'ab'.repeat(16)}`;

/** A stopped, never started container; `patch` replaces fields, `md` adds metadata. */
export function buildVm(patch: Partial<Vm> = {}, md: Vm['internal_metadata'] = {}): Vm {
  return {
    uuid: UUID,
    alias: 'web',
    autoboot: false,
    billing_id: null,
    brand: 'lx',
    cpu_cap: null,
    cpu_shares: null,
    create_timestamp: '2026-11-24T10:00:00.120Z',
    customer_metadata: {},
    datasets: [],
    destroyed: null,
    docker: true,
    firewall_enabled: true,
    hostname: ID.slice(0, 12),
    last_modified: '2026-11-24T10:00:00.120Z',
    max_lwps: null,
    max_physical_memory: 64,
    max_swap: null,
    nics: [
      {
        mac: '90:b8:d0:01:02:03',
        ip: '172.29.0.5',
        netmask: '255.255.0.0',
        gateway: '172.29.0.1',
        nic_tag: 'sdcbr0',
        network_uuid: '0f0e0d0c-0b0a-4908-8706-050403020100',
        primary: true,
      },
    ],
    owner_uuid: '930896af-bf8c-48d4-885c-6573a94b1853',
    quota: null,
    ram: 64,
    resolvers: [],
    server_uuid: '11111111-2222-4333-8444-555555555555',
    snapshots: [],
    state: 'stopped',
    tags: { sdc_docker: true, 'docker:label:tier': 'front' },
    zone_state: 'installed',
    zonepath: null,
    ...patch,
    internal_metadata: {
      [MD.id]: ID,
      [MD.imageId]: `sha256:${'c'.repeat(64)}`,
      [MD.imageName]: 'busybox',
      [MD.cmd]: '["sleep","a b"]',
      [MD.entrypoint]: '[]',
      [MD.config]: JSON.stringify({ Cmd: ['sleep', 'a b'], Entrypoint: null, Image: 'busybox', Tty: false }),
      [MD.hostConfig]: JSON.stringify({ NetworkMode: 'bridge', Binds: ['/srv:/data:ro'] }),
      ...patch.internal_metadata,
      ...md,
    },
  };
}
