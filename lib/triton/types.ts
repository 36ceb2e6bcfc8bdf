// What src sees of a Triton datacenter: one small promise-shaped client per service. Implementations sit beside this file.
import type { ContainerPathStat, CopyRequest } from '#lib/docker-vm/copy.ts';
import type { ExecState, StdioCommand, StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import type { FwRule } from '#lib/fw-rules/rule.ts';
import type {
  ChangeItem,
  CreatedDockerImage,
  FabricVlan,
  ImageManifest,
  ImportLine,
  Job,
  Network,
  Package,
  Proc,
  Server,
  Task,
  Vm,
  VmJobRef,
  VmNetworkRequest,
  VmPayload,
  Volume,
} from '#lib/wire/types.ts';

/** Travels with every call: x-request-id and x-context, and an abort from the client's connection. */
export interface CallContext {
  reqId: string;
  signal?: AbortSignal;
}

/** VMAPI predicate node, e.g. {and: [{eq: ['docker', true]}, {ne: ['state', 'destroyed']}]}. */
export type Predicate =
  | { eq: [string, unknown] }
  | { ne: [string, unknown] }
  | { lt: [string, unknown] }
  | { le: [string, unknown] }
  | { gt: [string, unknown] }
  | { ge: [string, unknown] }
  | { and: Predicate[] }
  | { or: Predicate[] };

export interface VmapiClient {
  listVms(
    query: { owner_uuid?: string; predicate?: Predicate; state?: string; alias?: string; docker?: boolean },
    ctx: CallContext,
  ): Promise<Vm[]>;
  /** Throws TritonError ResourceNotFound. */
  getVm(uuid: string, opts: { owner_uuid: string; sync?: boolean }, ctx: CallContext): Promise<Vm>;
  /** sync: resolves when the job has ended well; rejects with the job's error (TritonError), CreateCutOff: undone, try with another uuid. */
  createVm(payload: VmPayload, ctx: CallContext): Promise<VmJobRef>;
  /**
   * `before`: the VM as it was read, by which a start whose answer was lost is told from one that was not done. So for reboot. `macs` is
   * ours: refused with NicsChanged when it has other nics by then; a real VMAPI ignores it.
   */
  startVm(
    before: Vm,
    opts: {
      owner_uuid: string;
      idempotent?: boolean;
      metadata?: Record<string, string | number | boolean>;
      macs?: string[];
    },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  /** timeout: seconds; absent = VM's own, negative = for ever. signal: ours (CoaL), the real one ignores it. */
  stopVm(
    uuid: string,
    opts: { owner_uuid: string; timeout?: number; signal?: string; idempotent?: boolean },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  rebootVm(
    before: Vm,
    opts: { owner_uuid: string; timeout?: number; signal?: string; idempotent?: boolean; macs?: string[] },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  killVm(
    uuid: string,
    opts: { owner_uuid: string; signal: string | number },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  /** Ours (capability `docker_pause`); so is unpauseVm. */
  pauseVm(uuid: string, opts: { owner_uuid: string }, ctx: CallContext): Promise<VmJobRef>;
  unpauseVm(uuid: string, opts: { owner_uuid: string }, ctx: CallContext): Promise<VmJobRef>;
  updateVm(
    uuid: string,
    payload: Record<string, unknown>,
    opts: { owner_uuid: string },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  /** `metadata` is ours: it is set in the same step; a real VMAPI ignores it. */
  addNics(
    uuid: string,
    change: { networks: VmNetworkRequest[]; metadata?: Record<string, string> },
    opts: { owner_uuid: string },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  /** `metadata`: keys that go in the same step; `idle`: refused with VmNotStopped when it runs or is about to; ours as well. */
  removeNics(
    uuid: string,
    change: { macs: string[]; metadata?: string[]; idle?: boolean },
    opts: { owner_uuid: string },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  /** remove_volumes: its anonymous volumes go with it (ours, capability `docker_volumes`). */
  deleteVm(
    uuid: string,
    opts: { owner_uuid: string; remove_volumes?: boolean },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  setInternalMetadata(
    uuid: string,
    values: Record<string, string | number | boolean>,
    opts: { owner_uuid: string },
    ctx: CallContext,
  ): Promise<VmJobRef>;
  proc(uuid: string, opts: { owner_uuid: string }, ctx: CallContext): Promise<Proc[]>;
  getJob(uuid: string, ctx: CallContext): Promise<Job>;
  ping(ctx: CallContext): Promise<void>;
}

export interface CnapiClient {
  listServers(ctx: CallContext): Promise<Server[]>;
  getServer(uuid: string, ctx: CallContext): Promise<Server>;
  /** What the server's agent can do beyond a real one (sysinfo 'Docker Capabilities'); remembered for a minute. */
  capabilities(serverUuid: string, ctx: CallContext): Promise<ReadonlySet<string>>;
  /** What at least one running server's agent can do; remembered for a minute. */
  anyCapabilities(ctx: CallContext): Promise<ReadonlySet<string>>;
  dockerExec(
    serverUuid: string,
    vmUuid: string,
    command: StdioCommand,
    ctx: CallContext,
  ): Promise<StdioEndpoint>;
  /** One JSON object and CRLF per second, or one only; connectRaw fetches them. Our agent's lines are whole, without name and id. */
  dockerStats(
    serverUuid: string,
    vmUuid: string,
    opts: { clientApiVersion: number; doStream: boolean },
    ctx: CallContext,
  ): Promise<StdioEndpoint>;
  /** Where to fetch or send the tar; a stat for read and stat. Throws TritonError FileNotFound, PathNotDirectory. */
  dockerCopy(
    serverUuid: string,
    vmUuid: string,
    request: CopyRequest,
    ctx: CallContext,
  ): Promise<StdioEndpoint & { containerPathStat?: ContainerPathStat }>;
  /** Ours (capability `docker_export`): the root file system as a tar. */
  dockerExport(serverUuid: string, vmUuid: string, ctx: CallContext): Promise<StdioEndpoint>;
  /** Ours (capability `docker_changes`): PathChange by line. */
  dockerChanges(serverUuid: string, vmUuid: string, ctx: CallContext): Promise<StdioEndpoint>;
  /** Ours (capability `docker_top`): ps_args as a Docker client gives them. Throws TritonError PsFailed with dockerd's text. */
  dockerTop(
    serverUuid: string,
    vmUuid: string,
    psArgs: string,
    ctx: CallContext,
  ): Promise<{ Titles: string[]; Processes: string[][] | null }>;
  /** Ours (capability `docker_sizes`): bytes that each VM has written into its root file system, by uuid. */
  dockerSizes(serverUuid: string, vmUuids: string[], ctx: CallContext): Promise<Record<string, number>>;
  /** Ours (capability `docker_exec_state` in Server.sysinfo 'Docker Capabilities'). */
  dockerExecState(serverUuid: string, vmUuid: string, execId: string, ctx: CallContext): Promise<ExecState>;
  /** Ours. execId null = the container's own tty. */
  dockerResize(
    serverUuid: string,
    vmUuid: string,
    execId: string | null,
    size: { w: number; h: number },
    ctx: CallContext,
  ): Promise<void>;
  getTask(id: string, ctx: CallContext): Promise<Task>;
}

/** Body of POST /fabrics/:owner/vlans/:vlan/networks. */
export interface NewFabricNetwork {
  uuid: string;
  name: string;
  subnet: string;
  provision_start_ip: string;
  provision_end_ip: string;
  gateway?: string;
  internet_nat: boolean;
  /** Ours: a real NAPI takes that of the overlay. */
  mtu?: number;
  /** Ours, capability `docker_bridge_options`: false = its nics do not reach each other, what leaves keeps its address. */
  peers?: boolean;
  masquerade?: boolean;
}

/** One address of NAPI's GET /networks/:uuid/ips. */
export interface NetworkIp {
  ip: string;
  reserved: boolean;
  free: boolean;
}

export interface NapiClient {
  listNetworks(
    query: { name?: string; owner_uuid?: string; provisionable_by?: string; uuid?: string; fabric?: boolean },
    ctx: CallContext,
  ): Promise<Network[]>;
  getNetwork(uuid: string, opts: { provisionable_by?: string }, ctx: CallContext): Promise<Network>;
  listVlans(owner: string, ctx: CallContext): Promise<FabricVlan[]>;
  getVlan(owner: string, vlanId: number, ctx: CallContext): Promise<FabricVlan>;
  /** Throws TritonError InvalidParameters, code Duplicate, for a number in use. */
  createVlan(owner: string, vlan: { vlan_id: number; name: string }, ctx: CallContext): Promise<FabricVlan>;
  deleteVlan(owner: string, vlanId: number, ctx: CallContext): Promise<void>;
  /** Throws TritonError InvalidParameters: field name, code Duplicate; field subnet, code UsedBy. */
  createFabricNetwork(
    owner: string,
    vlanId: number,
    network: NewFabricNetwork,
    ctx: CallContext,
  ): Promise<Network>;
  /** Throws TritonError InUse while a nic is on it. */
  deleteFabricNetwork(owner: string, vlanId: number, uuid: string, ctx: CallContext): Promise<void>;
  /** Every address of a network that is or was somebody's. */
  listIps(networkUuid: string, ctx: CallContext): Promise<NetworkIp[]>;
  /** No nic gets the address. */
  reserveIp(networkUuid: string, ip: string, ctx: CallContext): Promise<void>;
}

export interface PapiClient {
  listPackages(filter: string, ctx: CallContext): Promise<Package[]>;
  getPackage(uuid: string, ctx: CallContext): Promise<Package>;
}

export interface VolapiClient {
  /** usage: also how much is in each (ours, capability `docker_volumes`). */
  listVolumes(
    query: { owner_uuid: string; name?: string; usage?: 'true' },
    ctx: CallContext,
  ): Promise<Volume[]>;
  /** Resolves when it is ready. Throws TritonError VolumeAlreadyExists, ValidationError. `options` are ours. */
  createVolume(
    params: {
      owner_uuid: string;
      name: string;
      type: string;
      size?: number;
      networks?: string[];
      labels?: Record<string, string>;
      options?: Record<string, string>;
    },
    ctx: CallContext,
  ): Promise<Volume>;
  /** Resolves when it is gone. Throws TritonError VolumeInUse, VolumeNotFound. */
  deleteVolume(uuid: string, opts: { owner_uuid: string }, ctx: CallContext): Promise<void>;
}

export interface ImgapiClient {
  getImage(uuid: string, ctx: CallContext): Promise<ImageManifest>;
  listImages(query: Record<string, string>, ctx: CallContext): Promise<ImageManifest[]>;
  deleteImage(uuid: string, ctx: CallContext): Promise<void>;
  /**
   * Ours (capability `docker_commit`): an image of `config` (Docker's, with the origin's diff_ids and the new step last in its history) on
   * the layers of `origin`, and with what the VM has written into its root file system on top; `pause`: the VM stands still meanwhile.
   */
  createDockerImage(
    wanted: {
      origin?: string;
      config: Record<string, unknown>;
      vm_uuid?: string;
      pause?: boolean;
      repo?: string;
    },
    ctx: CallContext,
  ): Promise<CreatedDockerImage>;
  /**
   * Pulls from a registry. Lines as they come; ends with create-docker-image or error. Aborting the signal cancels the pull.
   * registryAuth: the client's X-Registry-Auth header, passed on, never logged.
   */
  importDockerImage(
    opts: {
      repo: string;
      tag?: string;
      digest?: string;
      platform?: string;
      registryAuth?: string;
      registryConfig?: string;
    },
    ctx: CallContext,
  ): AsyncIterable<ImportLine>;
}

export interface FwapiClient {
  listRules(query: { owner_uuid?: string; tag?: string; vm?: string }, ctx: CallContext): Promise<FwRule[]>;
  /** Answers the rule as it is stored: with uuid, version and a normalised text. Throws TritonError InvalidParameters. */
  createRule(
    rule: { rule: string; enabled: boolean; owner_uuid: string; uuid?: string; description?: string },
    ctx: CallContext,
  ): Promise<FwRule>;
  /** Throws TritonError ResourceNotFound. */
  deleteRule(uuid: string, query: { owner_uuid?: string }, ctx: CallContext): Promise<void>;
}

/** Changefeed of VMAPI. Reconnects by itself; each (re)connection yields a bootstrap item first. */
export interface VmChangefeed {
  subscribe(onItem: (item: { kind: 'bootstrap' } | { kind: 'change'; item: ChangeItem }) => void): void;
  /** True while connected. */
  readonly connected: boolean;
  close(): Promise<void>;
}

/** A connected docker-exec stream, whichever framing the agent spoke. */
export interface StdioStream {
  /**
   * Pumps output to `onData` (stream 1 or 2, piece) with back-pressure: return a promise to pause. Resolves with the end frame;
   * rejects if the connection broke before it.
   */
  run(
    onData: (stream: 1 | 2, piece: Buffer) => void | Promise<void>,
  ): Promise<{ code: number | null; signal: string | null; error?: string }>;
  /** Resolves once the process runs (`started` frame, or the first output of a real agent); rejects with the end frame's error. */
  readonly started: Promise<{ pid: number }>;
  /** False when the peer's buffer is full: wait for drain(). */
  writeStdin(piece: Buffer): boolean;
  drain(): Promise<void>;
  endStdin(): void;
  resize(w: number, h: number): void;
  destroy(): void;
  /**
   * The raw socket when the framing is mux1, so that a caller that wants stdcopy framing can pass data frames on untouched
   * (see FrameDecoder in lib/docker-vm/stdio.ts); null for JSON lines. Use either this or run(), not both.
   */
  readonly muxSocket: import('node:net').Socket | null;
}
export type ConnectStdio = (endpoint: StdioEndpoint, opts: { signal?: AbortSignal }) => Promise<StdioStream>;

/** Connects to an unframed stream (docker-stats, docker-copy): the agent's bytes as they are, half-open allowed. The signal closes it. */
export type ConnectRaw = (
  endpoint: StdioEndpoint,
  opts: { signal?: AbortSignal },
) => Promise<import('node:net').Socket>;

/** All of it, as app.ts hands it to the rooms. */
export interface Triton {
  vmapi: VmapiClient;
  cnapi: CnapiClient;
  napi: NapiClient;
  papi: PapiClient;
  imgapi: ImgapiClient;
  volapi: VolapiClient;
  fwapi: FwapiClient;
  changefeed: VmChangefeed;
  connectStdio: ConnectStdio;
  connectRaw: ConnectRaw;
}
