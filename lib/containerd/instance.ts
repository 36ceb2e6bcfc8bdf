// Our own containerd: started apart from us, adopted when it is there already, started again when it dies.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type Logger from 'bunyan';
import { type Channel, openChannel } from './channel.ts';
import {
  findInstancePid,
  type InstancePaths,
  instanceFiles,
  lastComplaint,
  prepareInstance,
  searchInstancePid,
  spawnInstance,
} from './instance-process.ts';
import { loadProtos } from './protos.ts';

/** An old database may be large, a predecessor that is still ending holds its lock, shims may be slow to answer (instance-config.ts). */
const START_MS = 90_000;
/** One that lived shorter than this died of something that will be there again: the next start waits. */
const STABLE_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const LOOK_MS = 10;

export interface InstanceOptions extends InstancePaths {
  log: Logger;
}

export interface Instance {
  /** Ends the supervision and leaves containerd running, for the next start of ours to adopt. */
  stop(): Promise<void>;
  /** The same without waiting. */
  close(): void;
  /** Ends the supervision and containerd (SIGTERM, resolves at its exit). Containers go on: their shims do not need it. */
  terminate(): Promise<void>;
}

/**
 * Resolves when containerd answers on the socket. As long as our process lives (until stop, close or terminate) one that dies is started again.
 * Throws an Error with one clear line: not installed, no rights, does not come up (with its last log line).
 *
 * One that an earlier life of ours had started and that does not listen yet is waited for: a second would wait for the first's database
 * for ever.
 *
 *   absent ──spawn──► starting ──answers──► running ──connection lost──► absent
 *                        └─exits or 30 s──► (first start: error; later: pause, then absent)
 */
export async function startOwnContainerd(opts: InstanceOptions): Promise<Instance> {
  await prepareInstance(opts);
  const channel = openChannel(opts.socket, 'default', loadProtos());
  const ending = new AbortController();
  const keeper: Keeper = { opts, channel, child: null };
  try {
    if (await isThere(opts)) await adopt(keeper);
    else await start(keeper);
  } catch (err) {
    channel.close();
    throw err;
  }
  const supervision = supervise(keeper, ending.signal);

  const close = () => {
    ending.abort();
    channel.close();
  };
  return {
    close,
    async stop() {
      close();
      await supervision;
    },
    async terminate() {
      close();
      await supervision;
      await endProcess(keeper);
    },
  };
}

interface Keeper {
  readonly opts: InstanceOptions;
  readonly channel: Channel;
  /** null for one that we adopted, and when it has exited. */
  child: ChildProcess | null;
}

async function supervise(keeper: Keeper, signal: AbortSignal): Promise<void> {
  const { opts } = keeper;
  let pause = 0;
  while (!signal.aborted) {
    const since = Date.now();
    await lost(keeper, signal);
    if (signal.aborted) return;
    if (Date.now() - since >= STABLE_MS) pause = 0;
    try {
      if (pause > 0) await delay(pause, undefined, { signal });
      pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      // Only the connection broke, or it is still ending, or it took longer to come up than we waited.
      if (await isThere(opts)) await adopt(keeper);
      else await startAgain(keeper);
    } catch (err) {
      if (signal.aborted) return;
      opts.log.error({ err }, 'containerd did not come up, trying again');
    }
  }
}

/** Resolves when containerd is gone: its process exits (our child) or the connection breaks (one that we adopted). */
async function lost(keeper: Keeper, signal: AbortSignal): Promise<void> {
  const gone = [keeper.channel.disconnected(signal)];
  if (keeper.child !== null) gone.push(exited(keeper.child));
  await Promise.race(gone);
}

async function start(keeper: Keeper): Promise<void> {
  const { opts } = keeper;
  const child = await spawnInstance(opts);
  keeper.child = child;
  child.once('exit', () => {
    if (keeper.child === child) keeper.child = null;
  });
  const died = exited(child).then(async () => {
    throw new Error(
      `containerd ended at its start (see ${instanceFiles(opts).log}): ${await lastComplaint(opts)}`,
    );
  });
  await Promise.race([answers(keeper), died]);
  died.catch(() => {}); // from here on its death is the supervisor's business
  opts.log.info({ pid: child.pid, socket: opts.socket }, 'containerd started');
}

/** Resolves when the instance that is there answers; one that ends before it does is replaced. */
async function adopt(keeper: Keeper): Promise<void> {
  const { opts } = keeper;
  const over = new AbortController();
  const gone = untilGone(opts, over.signal);
  try {
    const came = await Promise.race([answers(keeper).then(() => true), gone.then(() => false)]);
    if (!came) await startAgain(keeper);
  } finally {
    over.abort();
  }
}

async function startAgain(keeper: Keeper): Promise<void> {
  keeper.opts.log.warn('containerd is gone, starting it again');
  await start(keeper);
}

async function isThere(opts: InstanceOptions): Promise<boolean> {
  return (await listens(opts.socket)) || (await searchInstancePid(opts)) !== null;
}

/** Not our child: the kernel tells Node nothing of its end, so one has to look. */
async function untilGone(opts: InstanceOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await isThere(opts))) await delay(LOOK_MS);
}

async function answers({ channel, opts }: Keeper): Promise<void> {
  try {
    await channel.connected(START_MS);
    await channel.call('version', 'Version', {}, { signal: AbortSignal.timeout(START_MS), repeatable: true });
  } catch (err) {
    throw new Error(`no containerd answers on ${opts.socket} after ${START_MS / 1000} s`, { cause: err });
  }
}

/** True when some process accepts on the socket; false for a stale socket file and for none. */
async function listens(socket: string): Promise<boolean> {
  const probe = connect(socket);
  try {
    await once(probe, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    probe.destroy();
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function endProcess({ child, opts }: Keeper): Promise<void> {
  if (child !== null) {
    const gone = exited(child);
    child.ref(); // spawned without holding our event loop; whoever waits for its end shall see it
    child.kill('SIGTERM');
    await gone;
    return;
  }
  // It may have listened before anybody wrote down its pid.
  const pid = await searchInstancePid(opts);
  if (pid === null) return;
  process.kill(pid, 'SIGTERM');
  while ((await findInstancePid(opts)) === pid) await delay(LOOK_MS);
}
