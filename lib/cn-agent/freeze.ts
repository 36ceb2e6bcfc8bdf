// Lets a running VM stand still while its files are read, and go on whatever becomes of us meanwhile.
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { AgentNode } from './node.ts';

/** Says that the freeze is ours: the next life of the agent thaws. */
const MARK = 'frozen';

/** Null when it does not run, or is paused already; else what lets it go on. Nothing of this is shown outside: the VM stays `running`. */
export async function freeze(node: AgentNode, machine: Machine): Promise<(() => Promise<void>) | null> {
  const { tasks } = node.containerd;
  return machine.lock.run(async () => {
    const { live } = machine;
    if (!live || machine.run.paused || (await isFrozenByUs(machine))) return null;
    await node.stdio.execsStarted(machine.uuid);
    await writeFile(join(machine.zonePath, MARK), '');
    try {
      await tasks.pause(machine.uuid);
    } catch (err) {
      node.log.info({ err, vm: machine.uuid }, 'a VM could not be frozen, its files are read while it runs');
    }
    return () => thaw(node, machine);
  });
}

/** Does nothing when the freeze is not ours. Never rejects. */
export async function thaw(node: AgentNode, machine: Machine): Promise<void> {
  if (!(await isFrozenByUs(machine))) return;
  try {
    // A user may have paused it meanwhile: then it stays so.
    if (!machine.run.paused) await node.containerd.tasks.resume(machine.uuid);
  } catch (err) {
    node.log.info({ err, vm: machine.uuid }, 'a VM that was frozen had nothing to thaw');
  }
  await rm(join(machine.zonePath, MARK), { force: true });
}

/** A mark of an earlier freeze is there. */
export async function isFrozenByUs(machine: Machine): Promise<boolean> {
  return (await stat(join(machine.zonePath, MARK)).catch(() => null)) !== null;
}
