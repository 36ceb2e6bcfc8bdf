// machine_reboot: shutdown and boot as one; while it is down between the two, docker:restarting is true.
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Machine } from './machine.ts';
import { bootByHand, checkNics } from './machine-boot.ts';
import { shutDown } from './machine-shutdown.ts';
import { type AgentNode, getMachine } from './node.ts';
import type { AgentTasks } from './types.ts';

type Params = AgentTasks['machine_reboot']['params'];

/**
 * A stopped VM is only booted, as `docker restart` does. The mark `restarting` keeps --rm from deleting it in between, and lets
 * recovery finish the reboot if the agent is killed. Throws TritonError VmNotFound, NicsChanged, VmStartFailed, ValidationFailed.
 */
export async function machineReboot(
  node: AgentNode,
  params: Params,
): Promise<AgentTasks['machine_reboot']['result']> {
  const machine = getMachine(node, params.uuid);
  machine.rebooting += 1;
  try {
    // From now on none is taken from it: it is about to run.
    await machine.lock.run(async () => checkNics(machine, params.macs));
    await downIfUp(node, machine, params);
    await machine.lock.run(async () => {
      // Somebody else has started it in between: it runs again, and that was asked for.
      if (!machine.live) await bootByHand(node, machine);
    });
  } finally {
    machine.rebooting -= 1;
  }
  return { vm: machine.view() };
}

async function downIfUp(node: AgentNode, machine: Machine, params: Params): Promise<void> {
  try {
    await shutDown(node, machine, params);
  } catch (err) {
    if (!hasRestCode(err, 'VmNotRunning')) throw err;
  }
}
