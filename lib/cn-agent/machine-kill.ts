// machine_kill: any signal to a running VM; SIGKILL answers when the VM has stopped.
import { TritonError } from '#lib/wire/errors.ts';
import type { LiveRun, Machine } from './machine.ts';
import { type AgentNode, getMachine } from './node.ts';
import { sendSignal } from './send-signal.ts';
import { parseSignal, SIGKILL } from './signals.ts';
import type { AgentTasks } from './types.ts';

/** dockerd gives a killed process this long before it says so. */
const KILL_WAIT_MS = 12_000;

/** Throws TritonError VmNotFound, VmNotRunning (409), ValidationFailed (signal). */
export async function machineKill(
  node: AgentNode,
  params: AgentTasks['machine_kill']['params'],
): Promise<AgentTasks['machine_kill']['result']> {
  const machine = getMachine(node, params.uuid);
  const signal = parseSignal(params.signal);
  if (signal === SIGKILL) await killAndWait(node, machine);
  else await machine.lock.run(() => sendSignal(node, machine, signal));
  return { vm: machine.view() };
}

/** SIGKILL, then the recorded exit. A run that has ended meanwhile is VmNotRunning. */
export async function killAndWait(node: AgentNode, machine: Machine): Promise<void> {
  const live = await machine.lock.run(() => sendSignal(node, machine, SIGKILL));
  if (live && !(await endsWithin(live, KILL_WAIT_MS))) {
    throw new TritonError('InternalError', 500, 'tried to kill container, but did not receive an exit event');
  }
}

/** True when the run's exit is recorded within `ms`; negative = wait for ever. */
export async function endsWithin(live: LiveRun, ms: number): Promise<boolean> {
  if (ms < 0) {
    await live.ended;
    return true;
  }
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), Math.min(ms, 2 ** 31 - 1));
  try {
    return await Promise.race([live.ended.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
