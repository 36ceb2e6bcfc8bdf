// What every task of the agent works with.
import type Logger from 'bunyan';
import type { Containerd } from '#lib/containerd/types.ts';
import type { PortForwards } from '#lib/net/ports/types.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { BackgroundWork } from './background-work.ts';
import type { Firewall } from './firewall/firewall.ts';
import type { ImageLayers } from './image-layers.ts';
import { type Machine, runPatch } from './machine.ts';
import type { HostFacts, OciSpec } from './oci-spec/types.ts';
import type { StatsSampler } from './stats/sampler.ts';
import type { StdioService } from './stdio/types.ts';
import type { ContainerNet, NameServer, OnVmChange } from './types.ts';
import type { VolumeMounts } from './volumes/volume-mounts.ts';
import { type RunRecord, readSpec } from './zone-files.ts';

export interface AgentNode {
  readonly serverUuid: string;
  /** <stateDir>/zones */
  readonly zonesDir: string;
  /** <stateDir>/volumes */
  readonly volumesDir: string;
  /** All that holds mounts of the node's own (own-dirs.ts). */
  readonly ownDirs: readonly string[];
  readonly containerd: Containerd;
  readonly net: ContainerNet;
  readonly ports: PortForwards;
  readonly firewall: Firewall;
  readonly names: NameServer;
  readonly stdio: StdioService;
  readonly stats: StatsSampler;
  readonly hostFacts: HostFacts;
  /** Limits of directory trees hold here (quota/quota.ts). */
  readonly diskQuotas: boolean;
  /** First component of every container's cgroup path. */
  readonly cgroupParent: string;
  readonly onVmChange: OnVmChange;
  readonly log: Logger;
  readonly machines: Map<string, Machine>;
  readonly imageLayers: ImageLayers;
  readonly volumeMounts: VolumeMounts;
  readonly background: BackgroundWork;
  /** Destroyed VMs whose remains are being deleted: a new VM of the same uuid must wait. */
  readonly burials: Map<string, Promise<void>>;
  /** Aborted by close(): stop watching, start nothing. */
  readonly closing: AbortSignal;
}

/** Throws TritonError VmNotFound (404), also for one that is being destroyed. */
export function getMachine(node: AgentNode, uuid: string): Machine {
  const machine = presentMachine(node.machines, uuid);
  if (machine.destroying) throw vmNotFound(uuid);
  return machine;
}

/** Also one that is being destroyed: what is under way with it ends as it would. Throws TritonError VmNotFound. */
export function presentMachine(machines: AgentNode['machines'], uuid: string): Machine {
  const machine = machines.get(uuid);
  if (!machine) throw vmNotFound(uuid);
  return machine;
}

export function vmNotFound(uuid: string): TritonError {
  return new TritonError('VmNotFound', 404, `VM ${uuid} not found`);
}

export function vmNotRunning(uuid: string): TritonError {
  return new TritonError('VmNotRunning', 409, `VM ${uuid} is not running`);
}

/** The OCI spec of a run; after a restart of the agent it is only on disk. Throws TritonError VmNotRunning before the first run. */
export async function specOf(machine: Machine): Promise<OciSpec> {
  machine.spec ??= (await readSpec(machine.zonePath)) as OciSpec | null;
  if (machine.spec === null) throw vmNotRunning(machine.uuid);
  return machine.spec;
}

/**
 * Makes a new run record true: on disk first, then in memory, then VMAPI is told. Never throws: when the disk is full, those who
 * wait must still be told, and containerd knows what runs.
 */
export async function commitRun(node: AgentNode, machine: Machine, run: RunRecord): Promise<void> {
  await saveRun(node, machine, run);
  publishRun(node, machine, run);
}

/** The first step of commitRun. */
export async function saveRun(node: AgentNode, machine: Machine, run: RunRecord): Promise<void> {
  try {
    await machine.saveRun(run);
  } catch (err) {
    node.log.error({ err, vm: machine.uuid }, 'the run record of a VM could not be written');
  }
}

/** The last two steps of commitRun, for a record that is on disk already. */
export function publishRun(node: AgentNode, machine: Machine, run: RunRecord): void {
  machine.run = run;
  try {
    node.onVmChange(machine.uuid, runPatch(run));
  } catch (err) {
    // The record is on disk: VMAPI gets it when it next lists this node's VMs.
    node.log.error({ err, vm: machine.uuid }, 'VMAPI could not take a change of a VM');
  }
}
