// Snapshots of the overlayfs snapshotter.
import type { Channel, Message } from './channel.ts';
import { hasCode } from './errors.ts';
import { keepLabels } from './labels.ts';
import { toMounts } from './mounts.ts';
import { type Timestamp, toDate } from './protos.ts';
import type { SnapshotInfo, Snapshots } from './types.ts';

export const SNAPSHOTTER = 'overlayfs';

/** containerd.services.snapshots.v1.Kind by number; 0 does not occur in an answer. */
const KINDS = ['active', 'view', 'active', 'committed'] as const;

/** The Snapshots of one namespace; semantics in types.ts. */
export function snapshotsOf(channel: Channel): Snapshots {
  const repeatable = { repeatable: true };
  const snapshotter = SNAPSHOTTER;

  return {
    async prepare(key, parent, labels) {
      const request = { snapshotter, key, parent: parent ?? '', labels: keepLabels(labels) };
      return toMounts(await channel.call('snapshots', 'Prepare', request));
    },
    async view(key, parent, labels) {
      const request = { snapshotter, key, parent, labels: keepLabels(labels) };
      return toMounts(await channel.call('snapshots', 'View', request));
    },
    async mounts(key) {
      return toMounts(await channel.call('snapshots', 'Mounts', { snapshotter, key }, repeatable));
    },
    async commit(name, key, labels) {
      await channel.call('snapshots', 'Commit', { snapshotter, name, key, labels: keepLabels(labels) });
    },
    async stat(key) {
      try {
        const reply = await channel.call('snapshots', 'Stat', { snapshotter, key }, repeatable);
        return toSnapshotInfo(reply.info as Message);
      } catch (err) {
        if (hasCode(err, 'NOT_FOUND')) return null;
        throw err;
      }
    },
    async usage(key) {
      const reply = await channel.call('snapshots', 'Usage', { snapshotter, key }, repeatable);
      return { size: Number(reply.size), inodes: Number(reply.inodes) };
    },
    async list() {
      const found: SnapshotInfo[] = [];
      for await (const message of channel.stream('snapshots', 'List', { snapshotter }))
        found.push(...(message.info as Message[]).map(toSnapshotInfo));
      return found;
    },
    async remove(key) {
      try {
        await channel.call('snapshots', 'Remove', { snapshotter, key }, repeatable);
      } catch (err) {
        if (!hasCode(err, 'NOT_FOUND')) throw err;
      }
    },
  };
}

function toSnapshotInfo(info: Message): SnapshotInfo {
  return {
    name: String(info.name),
    parent: String(info.parent),
    kind: KINDS[Number(info.kind)] ?? 'active',
    labels: info.labels as Record<string, string>,
    createdAt: toDate(info.createdAt as Timestamp | null) ?? new Date(0),
  };
}
