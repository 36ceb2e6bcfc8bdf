// One VM as the agent holds it in memory, and its states.
//
//                       machine_create
//                             │
//                             ▼            start fails (error, exit 126/127/128)
//   machine_destroy ◄──── stopped ◄─────────────────────────────┐
//     (any state;            │ ▲                                 │
//      kills first)          │ │ exit recorded, no restart due   │
//            machine_boot    │ │                                 │
//            ┌───────────────┘ └──────────────┐                  │
//            ▼            tasks.start         │                  │
//        starting ───────────────────────► running               │
//            ▲  │                             │                  │
//            │  └─────────────────────────────┼──────────────────┘
//            │ back-off over                  │ exit recorded, policy says restart
//            └────────── restarting ◄─────────┘ ──► stopped, when a stop or kill comes during the back-off
//
// paused is running with its cgroup frozen: a mark of the run (machine-pause.ts), which a signal that stops takes away.
// starting, the exit's recording, update and destroy hold the VM's lock; waiting for an exit never does, so that a kill gets
// through while a stop waits. VMAPI sees `running` for running and `stopped` for the other three.
import { join } from 'node:path';
import type { OciSpec } from '#lib/cn-agent/oci-spec/types.ts';
import type { ShimOutput } from '#lib/containerd/shim-output.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Scalar, Vm } from '#lib/wire/types.ts';
import { Copies } from './copy/copies.ts';
import { type LifecycleSettings, readLifecycleSettings } from './lifecycle-settings.ts';
import type { StatRun } from './stats/sampler.ts';
import type { VmPatch } from './types.ts';
import { VmLock } from './vm-lock.ts';
import { NEVER_RUN, type RunRecord, writeRun, type ZoneRecord } from './zone-files.ts';

/** One run of the container, from its task's creation until its exit is recorded and told. */
export interface LiveRun {
  pid: number;
  /** Lets the end of the output be known early; null when it cannot. */
  readonly output: ShimOutput | null;
  /** Date.now() */
  startedMs: number;
  /** A stop or kill asked for this end: no automatic restart whatever the policy. */
  endWanted: boolean;
  /** Resolves when the exit is recorded, output is complete and VMAPI has been told. Never rejects. */
  readonly ended: Promise<void>;
  end(): void;
  /** What docker_stats knows of it; null until somebody asks. */
  stats: StatRun | null;
  /** Ends our watching (not the container). */
  readonly watch: AbortController;
}

export class Machine {
  readonly uuid: string;
  readonly zonePath: string;
  readonly lock = new VmLock();
  readonly copies = new Copies();
  zone: ZoneRecord;
  run: RunRecord;
  settings: LifecycleSettings;
  live: LiveRun | null = null;
  /** The timer of an automatic restart during the back-off. */
  restartTimer: NodeJS.Timeout | null = null;
  destroying = false;
  /** A machine_pause is under way: no exec may begin. */
  pausing = false;
  /** So many machine_reboots are under way: between shutdown and boot it is not plainly stopped. */
  rebooting = 0;
  #saving: Promise<void> = Promise.resolve();
  /** containerd may have a container object of this id. */
  hasContainer = false;
  /** The spec of the present or last run; null before the first, or until it is read from disk. */
  spec: OciSpec | null = null;
  /** The last run's network is given back when this resolves. */
  netReleased: Promise<void> = Promise.resolve();
  /** Says that it stands on its image's layers no longer. */
  leaveImage: () => void = () => undefined;
  /** containerd has forgotten the last run's task when this resolves. */
  taskDeleted: Promise<void> = Promise.resolve();

  constructor(zonesDir: string, zone: ZoneRecord, run: RunRecord) {
    this.uuid = zone.vm.uuid;
    this.zonePath = join(zonesDir, this.uuid);
    this.zone = zone;
    this.run = run;
    this.settings = readLifecycleSettings(zone.vm, zone.image);
  }

  setZone(zone: ZoneRecord): void {
    this.zone = zone;
    this.settings = readLifecycleSettings(zone.vm, zone.image);
  }

  /** Puts a run record on disk, after those asked for before; memory is the caller's. */
  saveRun(run: RunRecord): Promise<void> {
    const write = () => writeRun(this.zonePath, run);
    const saved = this.#saving.then(write, write);
    this.#saving = saved;
    return saved;
  }

  /** The VM as VMAPI shows it: its record with what the agent knows of its run. */
  view(): Vm {
    const { internal_metadata: runMetadata, ...fields } = runPatch(this.run);
    const vm: Vm = { ...this.zone.vm, internal_metadata: { ...this.zone.vm.internal_metadata } };
    for (const [key, value] of Object.entries(fields)) {
      if (value === null) delete vm[key];
      else vm[key] = value;
    }
    for (const [key, value] of Object.entries(runMetadata ?? {})) {
      if (value === null) delete vm.internal_metadata[key];
      else vm.internal_metadata[key] = value;
    }
    return { ...vm, zonepath: this.zonePath, server_uuid: this.zone.vm.server_uuid };
  }
}

export function newLiveRun(pid: number, startedMs: number, output: ShimOutput | null = null): LiveRun {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    pid,
    output,
    startedMs,
    endWanted: false,
    stats: null,
    ended: promise,
    end: resolve,
    watch: new AbortController(),
  };
}

/** Everything the agent tells of a run; null = the field or key is gone. Whole every time, so that a lost one does no harm. */
export function runPatch(run: RunRecord): VmPatch {
  const running = run.phase === 'running';
  return {
    state: running ? 'running' : 'stopped',
    zone_state: running ? 'running' : 'stopped',
    pid: running ? run.pid : null,
    boot_timestamp: running ? run.startedAt : null,
    exit_status: running ? null : run.exitStatus,
    exit_timestamp: running ? null : run.exitedAt,
    internal_metadata: {
      [MD.startedAt]: run.startedAt,
      [MD.finishedAt]: run.exitedAt,
      [MD.error]: run.error,
      [MD.oomKilled]: run.oomKilled || null,
      [MD.paused]: (running && run.paused) || null,
      [MD.ports]: running && run.ports ? JSON.stringify(run.ports) : null,
      [MD.restarting]: run.phase === 'restarting' || null,
      [MD.restartCount]: run.restartCount || null,
      [MD.restartDelay]: run.restartDelay || null,
    },
  };
}

/** Fields and metadata keys that a VM record from above must not bring back: only the agent knows them. */
export function withoutRunState(vm: Vm): Vm {
  const patch = runPatch(NEVER_RUN);
  const metadata: Record<string, Scalar> = { ...vm.internal_metadata };
  for (const key of Object.keys(patch.internal_metadata ?? {})) delete metadata[key];
  const bare: Vm = { ...vm, internal_metadata: metadata };
  for (const key of ['pid', 'boot_timestamp', 'exit_status', 'exit_timestamp']) delete bare[key];
  return bare;
}
