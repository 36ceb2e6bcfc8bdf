// How VMAPI's VMs show whether a write was done whose answer was lost.
import { setTimeout as delay } from 'node:timers/promises';
import { MD } from '#lib/docker-vm/metadata.ts';
import { orNull, TritonError } from '#lib/wire/errors.ts';
import type { Vm, VmJobRef } from '#lib/wire/types.ts';

/** restCode: a creation was cut off with its service, and undone. It may be tried again, as another VM. */
export const CREATE_CUT_OFF = 'CreateCutOff';

/** A minute in all. What is waited for lasts tens of milliseconds with CoaL; a job of a real VMAPI may outlive its process. */
const LOOKS = 300;
const LOOK_MS = 200;

/** Of the start of `before`: it runs, or has run and ended since it was read. One that was cut off leaves no new exit. */
export function startedSince(before: Vm, now: Vm): boolean {
  return now.state === 'running' || now.exit_timestamp !== before.exit_timestamp;
}

/** Of the reboot of `before`: it runs, and not the run that it was. */
export function rebootedSince(before: Vm, now: Vm): boolean {
  return now.state === 'running' && bootOf(now) !== bootOf(before);
}

/** Gives the VM when it is not between two runs: a compute node that was killed in the middle of a reboot ends it by itself. */
export async function whenSettled(get: () => Promise<Vm>): Promise<Vm> {
  for (let looks = 0; ; looks++) {
    const vm = await get();
    if (vm.internal_metadata[MD.restarting] !== true || looks >= LOOKS) return vm;
    await delay(LOOK_MS);
  }
}

function bootOf(vm: Vm): string {
  return String(vm.internal_metadata[MD.startedAt] ?? vm.boot_timestamp ?? '');
}

/** null when VMAPI has never heard of the VM. Throws TritonError CreateCutOff. */
export async function createOutcome(uuid: string, get: () => Promise<Vm>): Promise<VmJobRef | null> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const vm = await orNull(get());
    if (vm === null) return null;
    if (vm.state === 'failed' || vm.state === 'destroyed') break;
    if (vm.state !== 'provisioning') return jobless(uuid);
    await delay(LOOK_MS);
  }
  throw new TritonError(CREATE_CUT_OFF, 503, 'the creation was cut off by a restart of vmapi; try again');
}

/** The answer to a write whose job nobody can name any more. */
export function jobless(uuid: string): VmJobRef {
  return { vm_uuid: uuid, job_uuid: '' };
}

/** The signal that may be sent twice. */
export function isKill(signal: string | number): boolean {
  return [9, '9', 'KILL', 'SIGKILL'].includes(signal);
}
