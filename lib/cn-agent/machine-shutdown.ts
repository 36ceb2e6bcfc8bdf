// machine_shutdown: the stop signal, time to obey, then SIGKILL; answers when the VM has stopped.
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Machine } from './machine.ts';
import { endsWithin, killAndWait } from './machine-kill.ts';
import { type AgentNode, getMachine } from './node.ts';
import { sendSignal } from './send-signal.ts';
import { parseSignal } from './signals.ts';
import type { AgentTasks } from './types.ts';

type Params = AgentTasks['machine_shutdown']['params'];

/** During a restart's back-off it cancels the restart. Throws TritonError VmNotFound, VmNotRunning (409), ValidationFailed. */
export async function machineShutdown(
  node: AgentNode,
  params: Params,
): Promise<AgentTasks['machine_shutdown']['result']> {
  const machine = getMachine(node, params.uuid);
  await shutDown(node, machine, params);
  return { vm: machine.view() };
}

/** Resolves when the exit is recorded. */
export async function shutDown(
  node: AgentNode,
  machine: Machine,
  { timeout, signal: asked }: Pick<Params, 'timeout' | 'signal'>,
): Promise<void> {
  const signal = asked === undefined || asked === '' ? machine.settings.stopSignal : parseSignal(asked);
  const seconds = timeout ?? machine.settings.stopTimeout;
  const live = await machine.lock.run(async () => {
    const run = await sendSignal(node, machine, signal);
    // A stop ends the policy with whatever signal it was asked to use.
    if (run) run.endWanted = true;
    return run;
  });
  if (!live || (await endsWithin(live, seconds < 0 ? -1 : seconds * 1000))) return;
  node.log.info({ vm: machine.uuid, signal, seconds }, 'a VM did not obey its stop signal in time: SIGKILL');
  try {
    await killAndWait(node, machine);
  } catch (err) {
    // It stopped between the two.
    if (!hasRestCode(err, 'VmNotRunning')) throw err;
  }
}
