// A VM's state as Docker's container state.
//
//   VM state      metadata              Docker
//   provisioning                        created
//   running                             running, or paused with docker:paused
//   stopping                            running
//   stopped       docker:restarting     restarting (Running is true, as in dockerd)
//   stopped       never started         created
//   stopped                             exited
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import { text } from './metadata.ts';

export const ZERO_TIME = '0001-01-01T00:00:00Z';

export type ContainerStatus =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** Docker's State, without Health. */
export interface ContainerState {
  Status: ContainerStatus;
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  OOMKilled: boolean;
  Dead: boolean;
  Pid: number;
  ExitCode: number;
  Error: string;
  StartedAt: string;
  FinishedAt: string;
}

/** Pure. */
export function toState(vm: Vm): ContainerState {
  const md = vm.internal_metadata;
  const status = statusOf(vm);
  const live = status === 'running' || status === 'paused';
  return {
    Status: status,
    Running: live || status === 'restarting',
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: md[MD.oomKilled] === true,
    Dead: false,
    Pid: live ? (vm.pid ?? 0) : 0,
    ExitCode: live ? 0 : exitCodeOf(vm),
    Error: text(md[MD.error]),
    StartedAt: goTime(startedAt(vm)),
    FinishedAt: goTime(vm.exit_timestamp ?? text(md[MD.finishedAt])),
  };
}

/** dockerd's one word for the state. */
export function statusOf(vm: Vm): ContainerStatus {
  const md = vm.internal_metadata;
  switch (vm.state) {
    case 'running':
      return md[MD.paused] === true ? 'paused' : 'running';
    case 'stopping':
      return 'running';
    case 'destroyed':
    case 'failed':
      return 'dead';
    case 'stopped':
      if (md[MD.restarting] === true) return 'restarting';
      return wasStarted(vm) ? 'exited' : 'created';
    default:
      return vm.zone_state === 'running' ? 'running' : 'created';
  }
}

/** Running in dockerd's sense: also while it waits to be restarted. */
export function isRunning(vm: Vm): boolean {
  return ['running', 'paused', 'restarting'].includes(statusOf(vm));
}

/** What dockerd shows for a run whose end nobody saw: never 0, which would say that all went well. */
const EXIT_UNSEEN = 255;

/** 0…255; a real zone reports a death by signal n as −n, which Docker shows as 128+n. 0 for what has not run, or runs. */
export function exitCodeOf(vm: Vm): number {
  const over = vm.state === 'stopped' || vm.state === 'destroyed';
  const status = vm.exit_status ?? (over && wasStarted(vm) ? EXIT_UNSEEN : 0);
  return status < 0 ? 128 - status : status;
}

/** An ISO time as Go prints it: no zeros at the end of the fraction. Absent → Go's zero time. */
export function goTime(iso: string | undefined): string {
  if (iso === undefined || iso === '') return ZERO_TIME;
  return iso.replace(/\.(\d*?)0*Z$/, (_all, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
}

/** When it last started, or undefined. boot_timestamp is there only while it runs. */
export function startedAt(vm: Vm): string | undefined {
  return text(vm.internal_metadata[MD.startedAt]) || vm.boot_timestamp;
}

function wasStarted(vm: Vm): boolean {
  if (startedAt(vm)) return true;
  // A start that failed leaves an exit status and the error, but dockerd still says "created".
  if (text(vm.internal_metadata[MD.error]) !== '') return false;
  // Real zones have no docker:startedat.
  return vm.exit_timestamp !== undefined || vm.internal_metadata[MD.restartCount] !== undefined;
}
