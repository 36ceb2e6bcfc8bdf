// Knowing that a shim has written all output of a process that ended: it closes each output file after the last byte.
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Looks, in ms after the first: after these the slow way (Tasks.Delete, which waits for the same) is no loss. */
const LOOKS_MS = [0, 1, 2, 4, 8];

/** A shim with the output files that it was seen to hold. */
export interface ShimOutput {
  shim: number;
  /** As the kernel names them. */
  files: ReadonlySet<string>;
}

/**
 * The shim of a task's init process (its parent) and the output files that it has open. Ask between Tasks.Create and Tasks.Start, or
 * while the process runs. null unless every file is seen: then nothing can be concluded from its absence later.
 */
export function shimOutput(pid: number, paths: readonly string[]): ShimOutput | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const shim = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    const files = new Set(paths.map((path) => realpathSync(path)));
    const open = new Set(openFiles(shim));
    return files.size > 0 && files.isSubsetOf(open) ? { shim, files } : null;
  } catch {
    return null;
  }
}

/**
 * True as soon as the shim holds none of the files open, which after the exit of the process means that its copying is done (as seen in
 * containerd's runc shim, process/io.go: each copier closes its file at the end). False when it cannot be told or somebody in the container
 * still holds the other end.
 */
export async function outputEnded({ shim, files }: ShimOutput): Promise<boolean> {
  for (const wait of LOOKS_MS) {
    if (wait > 0) await delay(wait);
    const open = openFiles(shim);
    if (open === null) return false;
    if (!open.some((path) => files.has(path))) return true;
  }
  return false;
}

/** Targets of a process's file descriptors; null when it is gone. */
function openFiles(pid: number): string[] | null {
  const dir = `/proc/${pid}/fd`;
  try {
    return readdirSync(dir).flatMap((fd) => {
      try {
        return [readlinkSync(`${dir}/${fd}`)];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return null;
  }
}
