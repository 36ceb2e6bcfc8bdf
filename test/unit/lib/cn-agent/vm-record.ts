// A VM record as VMAPI makes it, for the tests of the agent.
import type { Scalar, Vm } from '#lib/wire/types.ts';

/** A stopped Docker VM with these docker:* keys and no nics. */
export function vmRecord(uuid: string, metadata: Record<string, Scalar> = {}): Vm {
  return {
    uuid,
    alias: `vm-${uuid.slice(0, 8)}`,
    autoboot: false,
    billing_id: null,
    brand: 'lx',
    cpu_cap: null,
    cpu_shares: null,
    create_timestamp: '2026-11-24T00:00:00.000Z',
    customer_metadata: {},
    datasets: [],
    destroyed: null,
    firewall_enabled: true,
    internal_metadata: metadata,
    last_modified: '2026-11-24T00:00:00.000Z',
    max_lwps: null,
    max_physical_memory: null,
    max_swap: null,
    nics: [],
    owner_uuid: null,
    quota: null,
    ram: null,
    resolvers: [],
    server_uuid: null,
    snapshots: [],
    state: 'provisioning',
    tags: {},
    zone_state: null,
    zonepath: null,
    docker: true,
  };
}
