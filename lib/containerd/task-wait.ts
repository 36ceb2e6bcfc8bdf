// Waiting for the exit of a process, over the death and return of containerd.
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, Message } from './channel.ts';
import { hasCode, isShimGone } from './errors.ts';
import { type Timestamp, toDate } from './protos.ts';
import type { TaskState } from './types.ts';

/** One turn of waiting for a containerd that is away; then it is simply asked again, for as long as the caller waits. */
const TURN_MS = 10_000;
/** Until containerd has taken note that a shim is gone. */
const SHIM_MS = 50;

/**
 * Resolves at the exit, null when the process does not exist. containerd's Wait answers at once for one that has ended and is
 * not deleted yet. When the connection breaks, Get tells whether it ended meanwhile; a shim that is gone too leaves NOT_FOUND.
 */
export async function waitForExit(opts: {
  channel: Channel;
  get: (id: string, execId: string) => Promise<TaskState | null>;
  id: string;
  execId: string;
  signal?: AbortSignal | undefined;
}): Promise<{ exitStatus: number; exitedAt: Date } | null> {
  const { channel, get, id, execId, signal } = opts;
  for (;;) {
    try {
      return toExit(await channel.call('tasks', 'Wait', { containerId: id, execId }, { signal }));
    } catch (err) {
      if (hasCode(err, 'NOT_FOUND')) return null;
      if (!hasCode(err, 'UNAVAILABLE') && !isShimGone(err)) throw err;
    }
    const state = await stateWhenBack(channel, get, opts);
    if (state === null) return null;
    if (state.status === 'stopped')
      return { exitStatus: state.exitStatus, exitedAt: state.exitedAt ?? new Date() };
  }
}

async function stateWhenBack(
  channel: Channel,
  get: (id: string, execId: string) => Promise<TaskState | null>,
  { id, execId, signal }: { id: string; execId: string; signal?: AbortSignal | undefined },
): Promise<TaskState | null> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      await channel.connected(TURN_MS);
      return await get(id, execId);
    } catch (err) {
      if (isShimGone(err)) await delay(SHIM_MS);
      else if (!hasCode(err, 'UNAVAILABLE')) throw err;
    }
  }
}

/** A reply of Wait, Delete or DeleteProcess; the time is ours when containerd does not know it. */
export function toExit(reply: Message): { exitStatus: number; exitedAt: Date } {
  return {
    exitStatus: Number(reply.exitStatus),
    exitedAt: toDate(reply.exitedAt as Timestamp | null) ?? new Date(),
  };
}
