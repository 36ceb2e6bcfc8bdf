// The daemon's own records, as the real sdc-docker keeps them in Moray: images, tags, exec records, events. One interface.

/** docker_images_v2 (triton-wire §4.5). */
export interface DockerImage {
  owner_uuid: string;
  /** 'sha256:<hex>': Docker's image id. */
  config_digest: string;
  image_uuid: string;
  manifest_digest: string;
  manifest_str: string;
  /** Docker image config JSON, whole. */
  image: Record<string, unknown>;
  head: boolean;
  parent: string;
  /** bytes */
  size: number;
  /** epoch seconds */
  created: number;
  dockerImageVersion: string;
  /** ISO time of the last tag of this account; Metadata.LastTagTime */
  last_tagged?: string;
  /** RepoDigests as pulled: ['busybox@sha256:…'] */
  repo_digests: string[];
}

/** docker_image_tags_v2. `repo` is the familiar name ('busybox', 'localhost:5000/a'). */
export interface ImageTag {
  owner_uuid: string;
  repo: string;
  tag: string;
  config_digest: string;
}

/** An exec instance between create and ≥ 5 minutes after its exit. */
export interface ExecRecord {
  id: string;
  owner_uuid: string;
  container_id: string;
  vm_uuid: string;
  server_uuid: string;
  /** ISO time of the boot that it was made in; '' in records from before this was kept. */
  run: string;
  /** Docker's exec config as created (newest shape). */
  config: Record<string, unknown>;
  state: 'created' | 'running' | 'exited';
  exit_code: number | null;
  pid: number;
  created_at: number;
  exited_at: number | null;
}

/** How the health checks of a container stand (src/health). */
export interface HealthRecord {
  vm_uuid: string;
  /** ISO time of the boot that they are of. */
  run: string;
  status: 'starting' | 'healthy' | 'unhealthy';
  failing_streak: number;
  /** The last results, oldest first; also those of earlier runs. */
  log: HealthResult[];
}

/** Docker's HealthcheckResult. */
export interface HealthResult {
  /** ISO */
  Start: string;
  /** ISO */
  End: string;
  ExitCode: number;
  Output: string;
}

/**
 * What Docker knows of a fabric network and NAPI has no field for; written before the network is made and gone after it, so that a
 * killed daemon finds what to finish.
 */
export interface NetworkRecord {
  owner_uuid: string;
  uuid: string;
  name: string;
  vlan_id: number;
  /** Of the IPv6 network on the same VLAN; null or absent without IPv6. */
  network6_uuid?: string | null;
  state: 'making' | 'ready' | 'going';
  /** ISO */
  created: string;
  driver: string;
  attachable: boolean;
  internal: boolean;
  /** As Docker's IPAM. */
  ipam: { Driver: string; Options: Record<string, string> | null; Config: IpamConfig[] };
  options: Record<string, string>;
  labels: Record<string, string>;
  /** Of a configuration network, of which the datacenter knows nothing (vlan_id 0). */
  config_only?: { enable_ipv4: boolean; enable_ipv6: boolean };
  /** Name of the configuration network that its settings are of. */
  config_from?: string;
}

/** Docker's IPAMConfig. */
export interface IpamConfig {
  Subnet: string;
  IPRange?: string;
  Gateway?: string;
  AuxiliaryAddresses?: Record<string, string>;
}

export interface StoredEvent {
  time_nano: bigint;
  owner_uuid: string;
  /** DockerEvent as JSON without the account. */
  json: string;
}

/** Every look-up is by owner. Writes are durable when they return. */
export interface Store {
  images: {
    put(image: DockerImage): void;
    get(owner: string, configDigest: string): DockerImage | null;
    /** ids that start with `sha256:<prefix>` */
    findByPrefix(owner: string, hexPrefix: string): DockerImage[];
    list(owner: string): DockerImage[];
    delete(owner: string, configDigest: string): void;
    /** How many records of any owner use the IMGAPI image. */
    countByImageUuid(imageUuid: string): number;
  };
  tags: {
    put(tag: ImageTag): void;
    get(owner: string, repo: string, tag: string): ImageTag | null;
    ofImage(owner: string, configDigest: string): ImageTag[];
    list(owner: string): ImageTag[];
    delete(owner: string, repo: string, tag: string): void;
  };
  execs: {
    put(record: ExecRecord): void;
    get(owner: string, id: string): ExecRecord | null;
    /** Those of a container that have not ended, oldest first. */
    unfinished(owner: string, vmUuid: string): ExecRecord[];
    deleteOfContainer(vmUuid: string): void;
    /** Forgets those that exited before (epoch ms). */
    prune(exitedBefore: number): void;
  };
  events: {
    add(event: StoredEvent): void;
    list(owner: string, since: bigint | null, until: bigint | null): StoredEvent[];
    /** What was last known of each VM, to find changes missed while the daemon was down. */
    seen(vmUuid: string): string | null;
    setSeen(vmUuid: string, json: string | null): void;
    allSeen(): { vmUuid: string; json: string }[];
  };
  health: {
    put(record: HealthRecord): void;
    get(vmUuid: string): HealthRecord | null;
    all(): HealthRecord[];
    delete(vmUuid: string): void;
  };
  networks: {
    put(record: NetworkRecord): void;
    get(owner: string, uuid: string): NetworkRecord | null;
    list(owner: string): NetworkRecord[];
    /** Of every owner. */
    all(): NetworkRecord[];
    delete(owner: string, uuid: string): void;
  };
  close(): void;
}
