// Notes the kernel's OOM kills, which containerd tells by events.
import { type AgentNode, commitRun, publishRun } from './node.ts';
import { recheckRunning } from './recover.ts';

const OOM_TOPIC = '/tasks/oom';

/** Until close(). The event and the exit that follows come on different streams: either may be first. */
export function watchOom(node: AgentNode): { close(): void } {
  return node.containerd.subscribe(
    [OOM_TOPIC],
    ({ event }) => {
      // protobufjs and containerd differ in how they spell the field.
      const uuid = String(event.containerId ?? event.container_id ?? '');
      noteOom(node, uuid);
    },
    () => node.background.start('checking the running VMs', {}, () => recheckRunning(node)),
  );
}

function noteOom(node: AgentNode, uuid: string): void {
  const machine = node.machines.get(uuid);
  if (!machine || machine.run.oomKilled) return;
  if (machine.live) {
    // The exit, when it comes, puts it on disk.
    publishRun(node, machine, { ...machine.run, oomKilled: true });
    return;
  }
  const { startedAt } = machine.run;
  node.background.start('recording an OOM kill', { vm: uuid }, () =>
    machine.lock.run(async () => {
      if (machine.live || machine.run.startedAt !== startedAt) return;
      await commitRun(node, machine, { ...machine.run, oomKilled: true });
    }),
  );
}
