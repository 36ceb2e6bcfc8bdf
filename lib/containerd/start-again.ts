// The start of a task that was cut off by containerd's death, done to its end.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { argsOf } from '#lib/process/processes.ts';

/** Where containerd's runc shim lets runc keep its state, a folder for each namespace. */
const RUNC_ROOT = '/run/containerd/runc';
const LOOK_MS = 20;

interface CutTask {
  namespace: string;
  id: string;
  /** Of its init process. */
  pid: number;
}

/**
 * Goes beside a second `runc start`, until the signal. runc's init waits until somebody reads the pipe exec.fifo; the shim kills
 * `runc start` with the connection on which it was asked for, and one that has read and not yet deleted the pipe leaves a process that runs
 * in a container that is "created": the next `runc start` would wait for a writer for ever. So one that finds the process gone on
 * is given what init wrote (seen in libcontainer's standard_init_linux.go and container_linux.go).
 */
export async function writeForInit(task: CutTask, signal: AbortSignal): Promise<void> {
  const fifo = join(RUNC_ROOT, task.namespace, task.id, 'exec.fifo');
  while (!signal.aborted) {
    if (!isInit(task.pid) && (await write(fifo))) return;
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** True for runc's own process, which becomes the container's. */
function isInit(pid: number): boolean {
  const [program = '', command] = argsOf(pid);
  return basename(program) === 'runc' && command === 'init';
}

/** False when nobody reads yet; true also when the pipe is gone, which is the last that a start does. */
async function write(fifo: string): Promise<boolean> {
  try {
    const pipe = await open(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      await pipe.write('0');
    } finally {
      await pipe.close();
    }
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
