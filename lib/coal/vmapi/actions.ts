// POST /vms/:uuid?action=…: start, stop, reboot, kill, update, add_nics, remove_nics (triton-wire §2.4), and our pause and unpause.
import { parseSignal } from '#lib/cn-agent/signals.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { CoalReply, CoalRequest } from '../types.ts';
import { invalid, queryBoolean, queryInteger, validationFailed } from '../validation.ts';
import type { JobStep } from './jobs.ts';
import { addNics, isMacs, removeNics } from './nics.ts';
import { runJob, taskStep, type VmapiParts, vmOf } from './parts.ts';
import { updateStep, updateVm } from './update.ts';

type Action = (parts: VmapiParts, req: CoalRequest, vm: Vm) => Promise<CoalReply>;

/** A day: longer than anybody waits, shorter than a timer's limit. Seconds. */
const MAX_TIMEOUT = 86_400;

const ACTIONS: Record<string, Action> = {
  ...{ start, stop, reboot, kill, pause, unpause },
  update: updateVm,
  add_nics: addNics,
  remove_nics: removeNics,
};

/** VmAction. Throws TritonError ValidationFailed, ResourceNotFound, UnallocatedVM. */
export async function vmAction(parts: VmapiParts, req: CoalRequest): Promise<CoalReply> {
  const vm = vmOf(parts, req);
  const action = Object.hasOwn(ACTIONS, req.query.action ?? '') ? ACTIONS[req.query.action!] : undefined;
  if (action === undefined) {
    throw validationFailed([
      req.query.action === undefined ? { field: 'action', code: 'MissingParameter' } : invalid('action'),
    ]);
  }
  if (vm.state === 'provisioning' || vm.server_uuid === null) {
    throw new TritonError('UnallocatedVM', 409, 'VM is not allocated to a server yet');
  }
  return action(parts, req, vm);
}

async function start(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  const steps = [...metadataSteps(parts, req, vm)];
  const tolerate = idempotent(req) ? 'VmNotStopped' : undefined;
  const params = { uuid: vm.uuid, macs: readMacs(req) };
  steps.push(taskStep(parts, req, 'cnapi.start_vm', 'machine_boot', params, tolerate));
  return runJob(parts, req, vm, { task: 'start', steps });
}

async function stop(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  const params = { uuid: vm.uuid, ...stopParams(req) };
  const tolerate = idempotent(req) ? 'VmNotRunning' : undefined;
  const steps = [taskStep(parts, req, 'cnapi.stop_vm', 'machine_shutdown', params, tolerate)];
  return runJob(parts, req, vm, { task: 'stop', steps });
}

async function reboot(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  const params = { uuid: vm.uuid, macs: readMacs(req), ...stopParams(req) };
  // A reboot of a stopped VM fails in Triton unless it is idempotent; then it is a start.
  if (!idempotent(req) && vm.state !== 'running') {
    const refuse: JobStep = {
      name: 'common.validate_params',
      run: () => {
        throw new TritonError('VmNotRunning', 409, `Cannot reboot a VM from a '${vm.state}' state`);
      },
    };
    return runJob(parts, req, vm, { task: 'reboot', steps: [refuse] });
  }
  const steps = [...metadataSteps(parts, req, vm)];
  steps.push(taskStep(parts, req, 'cnapi.reboot_vm', 'machine_reboot', params));
  return runJob(parts, req, vm, { task: 'reboot', steps });
}

async function kill(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  const signal = readSignal(req.body.signal ?? req.query.signal ?? 'SIGKILL');
  const steps = [taskStep(parts, req, 'cnapi.kill_vm', 'machine_kill', { uuid: vm.uuid, signal })];
  return runJob(parts, req, vm, { task: 'kill', steps });
}

/** Ours, with unpause: a real VMAPI refuses the action. */
async function pause(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  const steps = [taskStep(parts, req, 'cnapi.pause_vm', 'machine_pause', { uuid: vm.uuid })];
  return runJob(parts, req, vm, { task: 'pause', steps });
}

async function unpause(parts: VmapiParts, req: CoalRequest, vm: Vm): Promise<CoalReply> {
  const steps = [taskStep(parts, req, 'cnapi.unpause_vm', 'machine_unpause', { uuid: vm.uuid })];
  return runJob(parts, req, vm, { task: 'unpause', steps });
}

/** `signal` is ours: which one a shutdown begins with. */
function stopParams(req: CoalRequest): { timeout: number | null; signal?: string | number } {
  const timeout = queryInteger(req.query, 'timeout', { min: -1, max: MAX_TIMEOUT }) ?? null;
  const { signal } = req.query;
  return signal === undefined ? { timeout } : { timeout, signal: readSignal(signal) };
}

function readSignal(value: unknown): string | number {
  if (typeof value !== 'string' && typeof value !== 'number') throw validationFailed([invalid('signal')]);
  parseSignal(value);
  return value;
}

/** Ours, of start and reboot: the nics that it shall start with, else NicsChanged. */
function readMacs({ body }: CoalRequest): string[] | undefined {
  const { macs } = body;
  if (macs === undefined) return undefined;
  if (!isMacs(macs)) throw validationFailed([invalid('macs')]);
  return macs;
}

function idempotent(req: CoalRequest): boolean {
  return queryBoolean(req.query, 'idempotent') === true;
}

/** start and reboot may carry {update: {set_internal_metadata: {…}}}. */
function metadataSteps(parts: VmapiParts, req: CoalRequest, vm: Vm): JobStep[] {
  const { update } = req.body;
  if (typeof update !== 'object' || update === null) return [];
  return [updateStep(parts, req, vm, update as Record<string, unknown>)];
}
