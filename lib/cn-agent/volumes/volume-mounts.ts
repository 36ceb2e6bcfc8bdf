// Mounts volumes of driver `local` that have a device, for as long as a container uses them: the first one mounts, the last one unmounts.
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TritonError } from '#lib/wire/errors.ts';
import { readAnswer, startCage } from '../copy/cage.ts';
import { VmLock } from '../vm-lock.ts';
import { hostToLookUp, type MountCall, mountCall, mountFailure, withAddress } from './mount-call.ts';
import { unmountAll } from './unmount.ts';
import { dataDir, readOptions } from './volume-files.ts';

export class VolumeMounts {
  readonly #volumesDir: string;
  /** One queue per volume: two containers that are made or started at once may share it. */
  readonly #queues = new Map<string, { lock: VmLock; waiting: number }>();
  /** Who uses a mounted volume. */
  readonly #holders = new Map<string, Set<string>>();

  constructor(volumesDir: string) {
    this.#volumesDir = volumesDir;
  }

  /** Runs `fn` when everything asked for before of this volume has ended. Not re-entrant. */
  async alone<T>(uuid: string, fn: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(uuid) ?? { lock: new VmLock(), waiting: 0 };
    this.#queues.set(uuid, queue);
    queue.waiting++;
    try {
      return await queue.lock.run(fn);
    } finally {
      if (--queue.waiting === 0) this.#queues.delete(uuid);
    }
  }

  /** A plain directory needs nothing. Throws TritonError VolumeMountFailed with dockerd's text. */
  hold(uuid: string, holder: string): Promise<void> {
    return this.alone(uuid, async () => {
      const holders = this.#holders.get(uuid);
      if (holders) {
        holders.add(holder);
        return;
      }
      const target = dataDir(this.#volumesDir, uuid);
      const call = mountCall(await readOptions(this.#volumesDir, uuid), target);
      if (call === null) return;
      await unmountAll(target);
      await mount(call);
      this.#holders.set(uuid, new Set([holder]));
    });
  }

  /** Fine when it holds nothing. */
  async release(uuid: string, holder: string): Promise<void> {
    if (!this.#holders.get(uuid)?.has(holder)) return;
    await this.alone(uuid, async () => {
      const holders = this.#holders.get(uuid);
      if (!holders?.delete(holder) || holders.size > 0) return;
      this.#holders.delete(uuid);
      await unmountAll(dataDir(this.#volumesDir, uuid));
    });
  }

  /** At the agent's start: `used` are volumes of running containers with who holds them. What else is mounted was for runs that are over. */
  async recover(used: ReadonlyMap<string, string[]>): Promise<void> {
    const text = await readFile('/proc/self/mountinfo', 'utf8');
    const points = new Set(text.split('\n').map((line) => line.split(' ')[4] ?? ''));
    for (const point of points) {
      if (!point.startsWith(`${this.#volumesDir}/`)) continue;
      const uuid = point.slice(this.#volumesDir.length + 1).split('/', 1)[0] ?? '';
      const holders = point === join(this.#volumesDir, uuid, '_data') ? used.get(uuid) : undefined;
      if (holders) this.#holders.set(uuid, new Set(holders));
      else await unmountAll(point);
    }
  }
}

async function mount(asked: MountCall): Promise<void> {
  let call = asked;
  try {
    const host = hostToLookUp(call);
    if (host !== null) call = withAddress(call, host, (await lookup(host)).address);
  } catch (err) {
    throw failure(call, `error resolving passed in network volume address: ${(err as Error).message}`);
  }
  const { source, target, type, flags, data, propagation } = call;
  const words = ['mount', source, target, type, String(flags), data, String(propagation)];
  const { failed } = await readAnswer(startCage({ words, namespace: null }));
  if (typeof failed === 'string') throw failure(call, failed);
}

function failure(call: MountCall, why: string): TritonError {
  return new TritonError('VolumeMountFailed', 500, mountFailure(call, why));
}
