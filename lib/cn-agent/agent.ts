// The compute-node agent: takes up what the node holds, runs tasks, watches containers. One file per task beside this one.
import type Logger from 'bunyan';
import type { Containerd } from '#lib/containerd/types.ts';
import type { FwRule } from '#lib/fw-rules/rule.ts';
import type { PacketFilter } from '#lib/net/firewall/types.ts';
import type { PortForwards } from '#lib/net/ports/types.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { BackgroundWork } from './background-work.ts';
import { dockerCommit } from './docker-commit.ts';
import { dockerChanges, dockerCopy, dockerExport } from './docker-copy.ts';
import { dockerExec, dockerExecResize, dockerExecState } from './docker-exec.ts';
import { dockerSizes } from './docker-sizes.ts';
import { dockerStats } from './docker-stats.ts';
import { dockerTop } from './docker-top.ts';
import { execProcess } from './exec-process.ts';
import { Firewall } from './firewall/firewall.ts';
import { ImageLayers } from './image-layers.ts';
import { logDetailsOf, logPlanOf } from './log-drivers/log-plan.ts';
import type { Machine } from './machine.ts';
import { machineBoot } from './machine-boot.ts';
import { machineCreate } from './machine-create.ts';
import { machineDestroy } from './machine-destroy.ts';
import { machineKill } from './machine-kill.ts';
import { machinePause, machineUnpause } from './machine-pause.ts';
import { machineProc } from './machine-proc.ts';
import { machineReboot } from './machine-reboot.ts';
import { machineShutdown } from './machine-shutdown.ts';
import { machineUpdate } from './machine-update.ts';
import { type AgentNode, presentMachine } from './node.ts';
import type { HostFacts } from './oci-spec/types.ts';
import { canLimit } from './quota/quota.ts';
import { recover } from './recover.ts';
import { StatsSampler } from './stats/sampler.ts';
import { createStdioService } from './stdio/service.ts';
import { sysinfo } from './sysinfo.ts';
import type {
  AgentTasks,
  CnAgent,
  ContainerNet,
  NameServer,
  OnVmChange,
  TaskContext,
  TaskName,
} from './types.ts';
import { volumeCreate } from './volumes/volume-create.ts';
import { volumeDelete } from './volumes/volume-delete.ts';
import { finishVolumeDeletes, openVolumeDir } from './volumes/volume-files.ts';
import { VolumeMounts } from './volumes/volume-mounts.ts';
import { volumeSizes } from './volumes/volume-sizes.ts';
import { watchOom } from './watch-oom.ts';
import { openZonesDir } from './zone-files.ts';

export interface CnAgentOptions {
  serverUuid: string;
  /** <stateDir>/zones; made when missing. */
  zonesDir: string;
  /** <stateDir>/volumes; made when missing. */
  volumesDir: string;
  /** All that holds mounts of the node's own. */
  ownDirs: string[];
  containerd: Containerd;
  net: ContainerNet;
  ports: PortForwards;
  names: NameServer;
  packetFilter: PacketFilter;
  /** FWAPI's, as they are now; later changes come by CnAgent.ruleChanged. */
  firewallRules: FwRule[];
  /** Where stdio.sock and the FIFOs live; exists already. */
  socketDir: string;
  /** Who besides root may connect to stdio.sock; null = nobody. */
  socketGroupGid: number | null;
  hostFacts: HostFacts;
  cgroupParent: string;
  onVmChange: OnVmChange;
  log: Logger;
}

type Handlers = {
  [T in TaskName]: (
    node: AgentNode,
    params: AgentTasks[T]['params'],
    ctx: TaskContext,
  ) => Promise<AgentTasks[T]['result']>;
};

const HANDLERS: Handlers = {
  machine_create: machineCreate,
  machine_boot: machineBoot,
  machine_shutdown: machineShutdown,
  machine_reboot: machineReboot,
  machine_kill: machineKill,
  machine_destroy: machineDestroy,
  machine_update: machineUpdate,
  machine_pause: machinePause,
  machine_unpause: machineUnpause,
  machine_proc: machineProc,
  docker_exec: dockerExec,
  docker_stats: dockerStats,
  docker_copy: dockerCopy,
  docker_export: dockerExport,
  docker_changes: dockerChanges,
  docker_commit: dockerCommit,
  docker_top: dockerTop,
  docker_sizes: dockerSizes,
  volume_create: volumeCreate,
  volume_delete: volumeDelete,
  volume_sizes: volumeSizes,
  docker_exec_state: dockerExecState,
  docker_exec_resize: dockerExecResize,
};

/**
 * Resolves when every VM of the node is accounted for (running ones watched again, missed exits recorded and told through
 * onVmChange); containerd must be ready. Starts by restart policy go on after that. The stdio service is the agent's own; the caller closes containerd and net, after the agent.
 */
export async function createCnAgent(opts: CnAgentOptions): Promise<CnAgent> {
  const closing = new AbortController();
  const machines: AgentNode['machines'] = new Map();
  const { zonesDir, socketDir, socketGroupGid, containerd, log } = opts;
  const stdio = await createStdioService({
    ...{ zonesDir, socketDir, socketGroupGid, containerd, log },
    processSpec: (uuid, command) => execProcess(node, uuid, command),
    logPlan: (uuid) => logPlanOf(presentMachine(machines, uuid).zone.vm),
    logDetails: (uuid) => logDetailsOf(presentMachine(machines, uuid).zone.vm),
    isRunning: (uuid) => machines.get(uuid)?.live != null,
    isPaused: (uuid) => isFrozen(machines.get(uuid)),
  });
  await openZonesDir(zonesDir);
  await openVolumeDir(opts.volumesDir);
  const node: AgentNode = {
    ...opts,
    diskQuotas: await canLimit([zonesDir, opts.volumesDir]),
    stdio,
    firewall: new Firewall(opts.packetFilter, opts.firewallRules, log),
    stats: new StatsSampler({ host: opts.hostFacts, log }),
    machines,
    imageLayers: new ImageLayers(containerd.snapshots),
    burials: new Map(),
    volumeMounts: new VolumeMounts(opts.volumesDir),
    background: new BackgroundWork(log),
    closing: closing.signal,
  };
  await finishVolumeDeletes(node);
  await recover(node);
  const oom = watchOom(node);
  return {
    serverUuid: opts.serverUuid,
    async runTask(task, params, ctx) {
      if (closing.signal.aborted)
        throw new TritonError('ServiceUnavailable', 503, 'the agent is shutting down');
      ctx.log.debug({ task, reqId: ctx.reqId }, 'agent task');
      return HANDLERS[task](node, params, ctx);
    },
    sysinfo: () => sysinfo(node),
    ruleChanged: (uuid, rule) => node.firewall.ruleChanged(uuid, rule),
    unlessLayerUsed: (chainId, remove) => node.imageLayers.unlessUsed(chainId, remove),
    listVms: () => [...node.machines.values()].map((machine) => machine.view()),
    async close() {
      oom.close();
      closing.abort();
      for (const machine of node.machines.values()) {
        stopWatching(machine);
        machine.copies.abort();
      }
      await Promise.all([...node.machines.values()].map((machine) => machine.lock.idle()));
      await node.background.drained();
      await stdio.close();
      node.stats.close();
    },
  };
}

function isFrozen(machine: Machine | undefined): boolean {
  return machine?.run.paused === true || machine?.pausing === true;
}

function stopWatching(machine: AgentNode['machines'] extends Map<string, infer M> ? M : never): void {
  machine.live?.watch.abort();
  if (machine.restartTimer) clearTimeout(machine.restartTimer);
  machine.restartTimer = null;
}
