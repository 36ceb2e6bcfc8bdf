// Names and sizes of the files of a container's runs.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADER_BYTES, keptIn } from './run-index.ts';

/** The files of one run. */
export interface RunPaths {
  stdout: string;
  stderr: string;
  index: string;
  /** Symbolic link to the FIFO of stdin, when the run has one. */
  stdin: string;
}

export function runPaths(dir: string, number: number): RunPaths {
  const base = join(dir, String(number).padStart(6, '0'));
  return {
    stdout: `${base}.stdout`,
    stderr: `${base}.stderr`,
    index: `${base}.index`,
    stdin: `${base}.stdin`,
  };
}

/** The number in an index file's name; null for other files. */
export function runNumber(fileName: string): number | null {
  const match = /^(\d{6,})\.index$/.exec(fileName);
  return match ? Number(match[1]) : null;
}

/** Removes all files of a run; the index last, for it is what the run is found by. */
export async function removeRunFiles(dir: string, number: number): Promise<void> {
  const { index, ...others } = runPaths(dir, number);
  await Promise.all(Object.values(others).map((path) => rm(path, { force: true })));
  await rm(index, { force: true });
}

/** Bytes that a run, which need not be open, has kept. */
export function measureRun(dir: string, number: number): number {
  const paths = runPaths(dir, number);
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    const fd = openSync(paths.index, 'r');
    try {
      readSync(fd, header, 0, HEADER_BYTES, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
  const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const [, stdout, stderr] = keptIn(header);
  return Math.max(0, size(paths.stdout) - stdout) + Math.max(0, size(paths.stderr) - stderr);
}
