// What the compute-node agent offers upward (to CoaL's CNAPI and VMAPI) and what its parts offer each other.
import type Logger from 'bunyan';
import type { ContainerPathStat, CopyRequest } from '#lib/docker-vm/copy.ts';
import type { ExecState, StdioCommand, StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import type { FwRule } from '#lib/fw-rules/rule.ts';
import type { Proc, Vm } from '#lib/wire/types.ts';
import type { TopTable } from './ps-output.ts';

/** What machine_create needs to know of the image: its top snapshot in containerd and its Docker config JSON. */
export interface AgentImage {
  uuid: string;
  /** containerd snapshot (chain id) to prepare the root filesystem from; null for an empty root. */
  chainId: string | null;
  /** Docker image config JSON (config.Volumes, config.StopSignal, ...). */
  config: Record<string, unknown>;
}

/** Parameters and result of every task, by cn-agent's own task names. */
export interface AgentTasks {
  /** Ours: `mounted`, the images of docker:mounts in their order there. */
  machine_create: { params: { vm: Vm; image: AgentImage; mounted?: AgentImage[] }; result: { vm: Vm } };
  /** `macs`: of the nics that the caller starts it with; refused when it has others by then. Ours, so in machine_reboot. */
  machine_boot: { params: { uuid: string; macs?: string[] | undefined }; result: { vm: Vm } };
  /** timeout in seconds; null = the container's own StopTimeout or 10; negative = for ever. */
  machine_shutdown: {
    params: { uuid: string; timeout: number | null; signal?: string | number };
    result: { vm: Vm };
  };
  machine_reboot: {
    params: {
      uuid: string;
      timeout: number | null;
      signal?: string | number;
      macs?: string[] | undefined;
    };
    result: { vm: Vm };
  };
  machine_kill: { params: { uuid: string; signal: string | number }; result: { vm: Vm } };
  machine_destroy: { params: { uuid: string }; result: Record<string, never> };
  /**
   * Changes of alias, internal_metadata, tags, limits ... already merged by VMAPI: `vm` is the new whole record. `idle`: refused when it
   * runs, or is about to.
   */
  machine_update: { params: { vm: Vm; idle?: boolean }; result: { vm: Vm } };
  /** Ours: a real compute node cannot pause. */
  machine_pause: { params: { uuid: string }; result: { vm: Vm } };
  machine_unpause: { params: { uuid: string }; result: { vm: Vm } };
  machine_proc: { params: { uuid: string }; result: Proc[] };
  docker_exec: {
    params: { uuid: string; command: StdioCommand };
    result: StdioEndpoint | Record<string, never>;
  };
  /** doStream false = one line. StdioFraming is ours (lib/docker-vm/stdio.ts). */
  docker_stats: {
    params: { uuid: string; clientApiVersion: number; doStream: boolean; StdioFraming?: string };
    result: StdioEndpoint;
  };
  docker_copy: {
    params: StreamParams & CopyRequest;
    result: (StdioEndpoint | { host: string }) & { containerPathStat?: ContainerPathStat };
  };
  docker_export: { params: StreamParams; result: StdioEndpoint };
  docker_changes: { params: StreamParams; result: StdioEndpoint };
  /** Ours. `labels` go on the blob; parentChainId: the snapshot that the layer stands on. */
  docker_commit: {
    params: { uuid: string; pause: boolean; labels: Record<string, string> };
    result: { digest: string; size: number; parentChainId: string | null };
  };
  /** Ours. */
  docker_sizes: { params: { uuids: string[] }; result: { sizes: Record<string, number> } };
  /** Ours. */
  docker_top: { params: { uuid: string; psArgs: string }; result: TopTable };
  /** Ours. `options` are Docker's of driver `local`: type, o, device. */
  volume_create: { params: { uuid: string; options: Record<string, string> }; result: { source: string } };
  /** Ours. One that is not there is gone already. */
  volume_delete: { params: { uuid: string }; result: Record<string, never> };
  /** Ours. */
  volume_sizes: { params: { uuids: string[] }; result: { sizes: Record<string, number> } };
  docker_exec_state: { params: { uuid: string; ExecId: string }; result: ExecState };
  docker_exec_resize: {
    params: { uuid: string; ExecId: string | null; w: number; h: number };
    result: Record<string, never>;
  };
}
export type TaskName = keyof AgentTasks;

/** What docker-copy, -export and -changes have in common. */
interface StreamParams {
  uuid: string;
  StdioFraming?: string;
}

/** Context of one task. */
export interface TaskContext {
  reqId: string;
  log: Logger;
}

/**
 * The agent. Its truth is the node's own disk (zones/<uuid>/vm.json) and containerd; VMAPI is told.
 * Tasks throw TritonError (VmNotRunning, ...) — for a failed boot restCode 'VmStartFailed' with Docker's own text
 * ("failed to create task for container: … executable file not found in $PATH: unknown").
 */
export interface CnAgent {
  readonly serverUuid: string;
  runTask<T extends TaskName>(
    task: T,
    params: AgentTasks[T]['params'],
    ctx: TaskContext,
  ): Promise<AgentTasks[T]['result']>;
  sysinfo(): Promise<Record<string, unknown>>;
  /** FWAPI tells of a rule that is new, has changed, or (null) is gone. Resolves when it is applied; never rejects. */
  ruleChanged(uuid: string, rule: FwRule | null): Promise<void>;
  /** Removes an image's top layer by `remove` and gives true; false, and nothing done, when a VM of this node stands on it. */
  unlessLayerUsed(chainId: string, remove: () => Promise<void>): Promise<boolean>;
  /** Every VM on this node as the agent sees it now (after recovery). */
  listVms(): Vm[];
  /** Stops watching and serving; containers keep running. */
  close(): Promise<void>;
}

/**
 * The agent's way to tell of a change it saw (an exit, a restart, OOM, a boot): fields of the VM that changed; internal_metadata
 * is merged key by key, null deletes a key or field. Must be durable when it returns.
 */
export type OnVmChange = (uuid: string, patch: VmPatch) => void;
export type VmPatch = Partial<Omit<Vm, 'internal_metadata'>> & {
  internal_metadata?: Record<string, string | number | boolean | null>;
};

/** Answers VMs that ask for names of their neighbours. */
export interface NameServer {
  /** Listens at that address of the machine, if it does not yet; where exactly. Throws the errno error of the bind. */
  at(ip: string): Promise<{ ip: string; port: number }>;
}

/** Network side of one running container; lives with its implementation. */
export type { ContainerNet } from '#lib/net/types.ts';
