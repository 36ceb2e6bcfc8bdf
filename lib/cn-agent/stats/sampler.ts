// The one sampler of the node: reads each container that somebody watches once a second, however many watch it.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type Logger from 'bunyan';
import type { HostFacts } from '../oci-spec/types.ts';
import { formatStamp, WallClock } from '../stdio/wall-clock.ts';
import { systemCpu } from './proc-files.ts';
import { type Sample, toLine, toSample } from './sample.ts';
import { statPaths } from './sources.ts';
import { StatFiles, statBuffer } from './stat-files.ts';
import type { SystemCpu } from './types.ts';
import { v1Parts } from './v1.ts';
import { v2Parts } from './v2.ts';

const INTERVAL_MS = 1000;
/** Between a watcher's first sample and its second: over a shorter time the use of CPU says nothing. */
const MIN_GAP_MS = 500;
/** Containers read without a pause for other work. */
const SLICE = 32;

/** A running container, the same object for as long as the run lasts. */
export interface StatRun {
  pid: number;
  cgroupsPath: string;
  ownNetwork: boolean;
  /** What its nics are called now, where that was asked for. */
  ifnames(): string[];
}

/** Takes a line; false = not now, it is left out. */
export type OnLine = (line: string) => boolean;

interface Watcher {
  onLine: OnLine;
  /** What it was told last. */
  last: Sample;
  /** performance.now() */
  since: number;
}

interface Watched {
  files: StatFiles;
  watchers: Set<Watcher>;
  last: Sample | null;
}

export class StatsSampler {
  readonly #cgroup: HostFacts['cgroup'];
  readonly #machineMemory: string;
  readonly #log: Logger;
  readonly #clock = new WallClock();
  readonly #buffer = statBuffer();
  readonly #system = new StatFiles({ stat: '/proc/stat' }, this.#buffer);
  readonly #watched = new Map<StatRun, Watched>();
  #timer: NodeJS.Timeout | null = null;
  #due = 0;

  constructor(opts: { host: Pick<HostFacts, 'cgroup' | 'memoryBytes'>; log: Logger }) {
    this.#cgroup = opts.host.cgroup;
    this.#machineMemory = String(opts.host.memoryBytes);
    this.#log = opts.log;
  }

  /** One line now, with nothing before it to compare with; null when the run is over. */
  once(run: StatRun): string | null {
    const watched = this.#watched.get(run);
    const files = watched?.files ?? this.#open(run);
    const sample = this.#read(run, files, this.#systemCpu());
    if (!watched) files.close();
    return sample && toLine(sample, null);
  }

  /**
   * A line now and then each second, until the returned function is called (at the latest when the run ends: descriptors are
   * held until then). null when the run is over.
   */
  watch(run: StatRun, onLine: OnLine): (() => void) | null {
    const known = this.#watched.get(run);
    const watched: Watched = known ?? { files: this.#open(run), watchers: new Set(), last: null };
    const first = this.#read(run, watched.files, this.#systemCpu());
    if (first === null) {
      if (!known) watched.files.close();
      return null;
    }
    this.#watched.set(run, watched);
    const watcher: Watcher = { onLine, last: first, since: performance.now() };
    watched.watchers.add(watcher);
    onLine(toLine(first, null));
    this.#schedule();
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size === 0) this.#forget(run, watched);
    };
  }

  close(): void {
    for (const [run, watched] of this.#watched) this.#forget(run, watched);
    this.#system.close();
  }

  #forget(run: StatRun, watched: Watched): void {
    if (this.#watched.get(run) !== watched) return;
    this.#watched.delete(run);
    watched.files.close();
    if (this.#watched.size > 0 || !this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #open(run: StatRun): StatFiles {
    const files = new StatFiles(statPaths({ ...run, cgroup: this.#cgroup }), this.#buffer);
    // Opened first: from here on it cannot become another process's.
    if (!isIn(run.pid, basename(run.cgroupsPath))) files.drop('netDev');
    return files;
  }

  #schedule(): void {
    if (this.#timer) return;
    const now = performance.now();
    // In step with the last tick, unless that is long ago.
    this.#due = this.#due > now - INTERVAL_MS ? this.#due + INTERVAL_MS : now + INTERVAL_MS;
    this.#timer = setTimeout(() => this.#tick(), this.#due - now).unref();
  }

  #tick(): void {
    this.#sampleAll()
      .catch((err: unknown) => this.#log.error({ err }, 'sampling the containers failed'))
      .finally(() => {
        this.#timer = null;
        if (this.#watched.size > 0) this.#schedule();
      });
  }

  async #sampleAll(): Promise<void> {
    const system = this.#systemCpu();
    let count = 0;
    for (const [run, watched] of [...this.#watched]) {
      if (this.#watched.get(run) !== watched) continue;
      this.#tell(run, watched, system);
      if (++count % SLICE === 0) await turn();
    }
  }

  #tell(run: StatRun, watched: Watched, system: SystemCpu): void {
    const sample = this.#read(run, watched.files, system);
    // The run has just ended; whoever watches will be told.
    if (sample === null) return;
    const before = watched.last;
    // The same for nearly everybody.
    let shared: string | null = null;
    const now = performance.now();
    for (const watcher of [...watched.watchers]) {
      if (now - watcher.since < MIN_GAP_MS) continue;
      const line: string = watcher.last === before && shared !== null ? shared : toLine(sample, watcher.last);
      if (watcher.last === before) shared = line;
      if (watcher.onLine(line)) watcher.last = sample;
    }
    watched.last = sample;
  }

  #read(run: StatRun, files: StatFiles, system: SystemCpu): Sample | null {
    const read = (name: string) => files.read(name);
    const v2 = this.#cgroup === 'v2';
    if (read(v2 ? 'cpu' : 'cpuUsage') === '') return null;
    const parts = (v2 ? v2Parts : v1Parts)(read, this.#machineMemory);
    return toSample(formatStamp(this.#clock.now()), parts, system, read, run.ifnames());
  }

  #systemCpu(): SystemCpu {
    return systemCpu(this.#system.read('stat'));
  }
}

function isIn(pid: number, cgroup: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(cgroup);
  } catch {
    return false;
  }
}
