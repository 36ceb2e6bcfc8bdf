// The shapes that travel between Triton's services, as VMAPI, CNAPI, NAPI, IMGAPI and PAPI send them.

import type { VmVolumeRequest } from '#lib/docker-vm/volumes.ts';

/** Metadata and tag values: VMAPI takes only these (sdc-vmapi lib/common/validation.js validMetadata). */
export type Scalar = string | number | boolean;

/** VMAPI's `state`. `unknown` stands for any other word a newer VMAPI may send. */
export type VmState =
  | 'provisioning'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'destroyed'
  | 'incomplete'
  | 'unknown';

/** A nic as it stands on a VM object. */
export interface VmNic {
  mac: string;
  ip: string;
  ips?: string[];
  netmask: string;
  gateway?: string;
  gateways?: string[];
  interface?: string;
  mtu?: number;
  nic_tag: string;
  vlan_id?: number;
  network_uuid: string;
  /** The IPv6 network that its second address is of. Ours, by the name that RFD 11 gives it. */
  network6_uuid?: string;
  primary?: boolean;
}

/** A data volume of a VM. `source` is a uuid at create and a path that ends `/volumes/<uuid>` afterwards. */
export interface VmFilesystem {
  source: string;
  target: string;
  type: 'lofs';
  options: string[];
}

/** A VM as VMAPI answers it. Dates are ISO strings, memory MiB, quota GiB. */
export interface Vm {
  uuid: string;
  alias: string | null;
  autoboot: boolean;
  billing_id: string | null;
  brand: string;
  cpu_cap: number | null;
  cpu_shares: number | null;
  create_timestamp: string;
  customer_metadata: Record<string, Scalar>;
  datasets: unknown[];
  destroyed: string | null;
  firewall_enabled: boolean;
  internal_metadata: Record<string, Scalar>;
  last_modified: string;
  max_lwps: number | null;
  max_physical_memory: number | null;
  max_swap: number | null;
  nics: VmNic[];
  owner_uuid: string | null;
  quota: number | null;
  ram: number | null;
  resolvers: string[];
  server_uuid: string | null;
  snapshots: unknown[];
  state: VmState;
  tags: Record<string, Scalar>;
  zone_state: string | null;
  zonepath: string | null;
  image_uuid?: string;
  docker?: boolean;
  hostname?: string;
  dns_domain?: string;
  filesystems?: VmFilesystem[];
  /** Present only while running. */
  boot_timestamp?: string;
  /** 0…255 of the process; negative signal number where a real zone was killed by a signal. */
  exit_status?: number;
  exit_timestamp?: string;
  pid?: number;
  kernel_version?: string;
  init_name?: string;
  tmpfs?: number;
  [key: string]: unknown;
}

/** One entry of the `networks` list in a create payload. */
export interface VmNetworkRequest {
  uuid: string;
  primary?: boolean;
  ip?: string;
  mac?: string;
  /** An IPv6 network of the same VLAN, for a second address of the same nic, and which one. Ours. */
  ipv6_uuid?: string;
  ipv6_ips?: string[];
}

/** Body of POST /vms for a Docker container (triton-wire §1.3). */
export interface VmPayload {
  uuid: string;
  owner_uuid: string;
  alias: string;
  hostname: string;
  dns_domain?: string;
  brand: string;
  docker: true;
  autoboot: boolean;
  restart_init: boolean;
  firewall_enabled: boolean;
  billing_id: string;
  image_uuid: string;
  init_name: string;
  kernel_version?: string;
  tmpfs: number;
  networks: VmNetworkRequest[];
  /** The compute node it must be on; VMAPI chooses without it. */
  server_uuid?: string;
  filesystems: VmFilesystem[];
  volumes?: VmVolumeRequest[];
  resolvers?: string[];
  tags: Record<string, Scalar>;
  internal_metadata: Record<string, Scalar>;
  zlog_max_size?: number;
  affinity?: unknown[];
  firewall_rules?: unknown[];
}

/** Reply of every VMAPI action. */
export interface VmJobRef {
  vm_uuid: string;
  job_uuid: string;
}

/** A job as VMAPI's GET /jobs/:uuid answers it. */
export interface Job {
  uuid: string;
  name: string;
  execution: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';
  params: Record<string, unknown>;
  exec_after?: string;
  created_at: string;
  timeout: number;
  chain_results: {
    name: string;
    result: unknown;
    error: unknown;
    started_at?: string;
    finished_at?: string;
  }[];
}

/** NAPI network. */
export interface Network {
  uuid: string;
  name: string;
  family: 'ipv4' | 'ipv6';
  mtu: number;
  nic_tag: string;
  subnet: string;
  netmask: string;
  provision_start_ip: string;
  provision_end_ip: string;
  vlan_id: number;
  resolvers: string[];
  gateway?: string;
  description?: string;
  owner_uuids?: string[];
  fabric?: boolean;
  vnet_id?: number;
  internet_nat?: boolean;
  gateway_provisioned?: boolean;
}

/** NAPI's VLAN of an owner's fabric. */
export interface FabricVlan {
  owner_uuid: string;
  vlan_id: number;
  vnet_id: number;
  name?: string;
  description?: string;
}

/** NAPI nic. */
export interface Nic {
  mac: string;
  ip: string;
  network_uuid: string;
  owner_uuid: string;
  belongs_to_uuid: string;
  belongs_to_type: 'zone' | 'server' | 'other';
  primary: boolean;
  state: 'provisioning' | 'running' | 'stopped';
  netmask: string;
  gateway?: string;
  vlan_id: number;
  mtu: number;
  resolvers: string[];
  nic_tag: string;
  cn_uuid?: string;
  created_timestamp: string;
  modified_timestamp: string;
}

/** PAPI package. Memory MiB, quota MiB, cpu_cap percent of one core. */
export interface Package {
  uuid: string;
  name: string;
  version: string;
  active: boolean;
  cpu_cap?: number;
  fss?: number;
  max_lwps: number;
  max_physical_memory: number;
  max_swap: number;
  quota: number;
  vcpus?: number;
  zfs_io_priority: number;
  brand?: string;
  owner_uuids?: string[];
  v: number;
  created_at?: string;
  updated_at?: string;
}

/** IMGAPI manifest of one Docker layer (triton-wire §4.1). */
export interface ImageManifest {
  v: 2;
  uuid: string;
  owner: string;
  name: string;
  version: string;
  state: 'active' | 'disabled' | 'unactivated' | 'creating' | 'failed';
  disabled: boolean;
  public: boolean;
  published_at: string;
  type: string;
  os: string;
  description?: string;
  origin?: string;
  tags: Record<string, unknown>;
  files: {
    sha1?: string;
    size: number;
    compression: string;
    digest?: string;
    uncompressedDigest?: string;
    /** Bytes of the plain tar. Ours. */
    uncompressedSize?: number;
  }[];
}

/** What an image of Docker's is, once it is made or pulled. */
export type CreatedDockerImage = Extract<ImportLine, { type: 'create-docker-image' }>;

/** One line of IMGAPI's import-docker-image stream (triton-wire §4.2). */
export type ImportLine =
  | { type: 'status'; id: string; payload: { id?: string; status: string; progressDetail?: object } }
  | {
      type: 'progress';
      id: string;
      payload: {
        id: string;
        status: string;
        progressDetail?: { current?: number; total?: number; start?: number };
      };
    }
  | { type: 'error'; id: string; error: { code: string; message: string } }
  | {
      type: 'create-docker-image';
      id: string;
      config_digest: string;
      head: true;
      /** The image config JSON of the registry (Docker image spec), whole. */
      image: Record<string, unknown>;
      image_uuid: string;
      manifest_digest: string;
      manifest_str: string;
      /** Bytes, uncompressed layers together. */
      size: number;
      dockerImageVersion: '2.1' | '2.2';
      /** Which tag it was, for a pull by tag. Ours. */
      tag?: string;
    };

/** CNAPI server (the fields we use). */
export interface Server {
  uuid: string;
  hostname: string;
  status: 'running' | 'unknown' | 'offline';
  setup: boolean;
  headnode: boolean;
  /** What the node says of itself; Linux nodes add `Linux` (see lib/cn-agent/sysinfo.ts). */
  sysinfo: Record<string, unknown>;
  memory_total_bytes?: number;
  [key: string]: unknown;
}

/** CNAPI task (GET /tasks/:id). */
export interface Task {
  id: string;
  req_id: string;
  task: string;
  server_uuid: string;
  status: 'active' | 'complete' | 'failure';
  timestamp: string;
  history: { name: string; timestamp: string; event: unknown }[];
}

/** One process of GET /vms/:uuid/proc. */
export interface Proc {
  psinfo: Record<string, string | number>;
}

/** One item of the changefeed after registration (triton-wire §2.7). */
export interface ChangeItem {
  changeKind: { resource: 'vm'; subResources: string[] };
  changedResourceId: string;
  resourceObject: Vm;
  published: string;
}

/** VOLAPI volume (triton-wire §5.6). */
export interface Volume {
  uuid: string;
  owner_uuid: string;
  name: string;
  /** 'local' is ours. */
  type: 'tritonnfs' | 'local';
  state: 'creating' | 'ready' | 'deleting' | 'deleted' | 'failed';
  create_timestamp: string;
  /** MiB. Not on local ones, which have no size of their own. */
  size?: number;
  networks?: string[];
  /** Where it can be mounted from; of a local one, its directory on the compute node. Absent until it is ready. */
  filesystem_path?: string;
  /** VMs that use it; absent when there is none. */
  refs?: string[];
  labels?: Record<string, string>;
  /** Bytes in it, when asked for with `usage`. Ours. */
  used?: number;
  /** The driver's options. Ours. */
  options?: Record<string, string>;
}
