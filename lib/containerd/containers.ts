// Containers: containerd's record of a spec and a snapshot, needed before a task can be made.
import type { Channel, Message } from './channel.ts';
import { hasCode } from './errors.ts';
import { jsonAny } from './protos.ts';
import { SNAPSHOTTER } from './snapshots.ts';
import type { Containerd } from './types.ts';

export const RUNTIME = 'io.containerd.runc.v2';
const SPEC_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Spec';

/** The container records of one namespace; semantics in types.ts. */
export function containersOf(channel: Channel): Containerd['containers'] {
  const repeatable = { repeatable: true };
  return {
    async create({ id, spec, snapshotKey, labels = {} }) {
      const container = {
        id,
        labels,
        spec: jsonAny(SPEC_TYPE, spec),
        runtime: { name: RUNTIME },
        snapshotter: SNAPSHOTTER,
        snapshotKey,
      };
      // Whoever finds it made already (by a call whose answer was lost) gets ALREADY_EXISTS, as before.
      await channel.call('containers', 'Create', { container }, repeatable);
    },
    async updateSpec(id, spec) {
      const container = { id, spec: jsonAny(SPEC_TYPE, spec) };
      await channel.call('containers', 'Update', { container, updateMask: { paths: ['spec'] } }, repeatable);
    },
    async list() {
      const reply = await channel.call('containers', 'List', {}, repeatable);
      return (reply.containers as Message[]).map((container) => ({
        id: String(container.id),
        labels: container.labels as Record<string, string>,
      }));
    },
    async delete(id) {
      try {
        await channel.call('containers', 'Delete', { id }, repeatable);
      } catch (err) {
        if (!hasCode(err, 'NOT_FOUND')) throw err;
      }
    },
  };
}
