// The door of the room: one connection to a containerd, seen through the interface of types.ts.
import { openChannel } from './channel.ts';
import { containersOf } from './containers.ts';
import { contentOf } from './content.ts';
import { applyDiff } from './diff.ts';
import { loadProtos } from './protos.ts';
import { snapshotsOf } from './snapshots.ts';
import { subscribeEvents } from './subscribe.ts';
import { tasksOf } from './tasks.ts';
import type { Containerd, ContainerdOptions } from './types.ts';

export { ContainerdError } from './errors.ts';

/**
 * Connects lazily: containerd may be started later, die and come back. Every failing call throws ContainerdError (code = gRPC status name).
 * Calls that may be repeated wait up to 30 s for a containerd that is away; the others do so only before they are sent.
 */
export function connectContainerd(opts: ContainerdOptions): Containerd {
  const { socket, namespace, log } = opts;
  const channel = openChannel(socket, namespace, loadProtos());
  return {
    content: contentOf(channel),
    snapshots: snapshotsOf(channel),
    tasks: tasksOf(channel, opts),
    diff: { apply: (blob, mounts) => applyDiff(channel, blob, mounts) },
    containers: containersOf(channel),
    async version() {
      const reply = await channel.call('version', 'Version', {}, { repeatable: true });
      return { version: String(reply.version), revision: String(reply.revision) };
    },
    subscribe: (topics, onEvent, onReconnect) =>
      subscribeEvents({ channel, namespace, topics, log, onEvent, onReconnect }),
    async ready(timeoutMs) {
      await channel.connected(timeoutMs);
      await channel.call('version', 'Version', {}, { repeatable: true });
    },
    close: () => channel.close(),
  };
}
