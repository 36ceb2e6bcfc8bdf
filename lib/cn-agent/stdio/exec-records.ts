// How the execs of a container ended: kept in memory and, for a restart of the agent, in one small file each.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StdioCommand } from '#lib/docker-vm/stdio.ts';

/** How long an exit is remembered (ms): longer than the contract's 10 minutes. */
const KEEP_MS = 15 * 60_000;
const VERSION = 1;

/** What is stored of an exec. */
export interface ExecRecord {
  v: number;
  id: string;
  running: boolean;
  exitCode: number | null;
  pid: number;
  tty: boolean;
  /** FIFOs that the shim holds while it runs: [stdout, stderr, stdin], '' where there is none. */
  fifos: string[];
  /** Its client gone, it is killed. */
  killWhenGone?: boolean;
  /** Date.now() at the exit, 0 before. */
  exitedAt: number;
}

export class ExecRecords {
  readonly #dir: string;
  readonly #records = new Map<string, ExecRecord>();
  #dirMade = false;
  #removed = false;

  /** dir: zones/<uuid>/exec */
  constructor(dir: string) {
    this.#dir = dir;
  }

  get(id: string): ExecRecord | null {
    return this.#records.get(id) ?? null;
  }

  add(id: string, command: Pick<StdioCommand, 'Tty' | 'KillWhenGone'>): ExecRecord {
    this.#purge();
    const how = { tty: command.Tty === true, killWhenGone: command.KillWhenGone === true };
    const record = { v: VERSION, id, running: true, exitCode: null, pid: 0, ...how, fifos: [], exitedAt: 0 };
    this.#records.set(id, record);
    return record;
  }

  /** Writes the record as it is now, unless the container is gone: its last execs end after it. */
  async save(record: ExecRecord): Promise<void> {
    if (!this.#dirMade) await this.#makeDir();
    if (this.#removed) return;
    const path = this.#path(record.id);
    await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  /** As if it had never been. */
  async forget(id: string): Promise<void> {
    this.#records.delete(id);
    await rm(this.#path(id), { force: true }).catch(() => undefined);
  }

  /** Reads what an earlier agent wrote; records of another version are left out. */
  async load(): Promise<ExecRecord[]> {
    const names = await readdir(this.#dir).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.json'))) {
      const record = parseRecord(await readFile(join(this.#dir, name), 'utf8').catch(() => ''));
      if (record && !this.#records.has(record.id)) this.#records.set(record.id, record);
    }
    return [...this.#records.values()];
  }

  async remove(): Promise<void> {
    this.#removed = true;
    this.#records.clear();
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Not its parents: a zone that was taken away in the meantime must not come back. */
  async #makeDir(): Promise<void> {
    try {
      await mkdir(this.#dir, { mode: 0o700 });
    } catch (err) {
      const { code } = err as NodeJS.ErrnoException;
      if (code === 'ENOENT') this.#removed = true;
      else if (code !== 'EEXIST') throw err;
    }
    this.#dirMade = true;
  }

  #purge(): void {
    const oldest = Date.now() - KEEP_MS;
    for (const record of this.#records.values()) {
      if (record.running || record.exitedAt > oldest) continue;
      this.#records.delete(record.id);
      rm(this.#path(record.id), { force: true }).catch(() => undefined);
    }
  }

  #path(id: string): string {
    return join(this.#dir, `${id}.json`);
  }
}

/** null when it is not a record of our version. */
export function parseRecord(text: string): ExecRecord | null {
  try {
    const record = JSON.parse(text) as ExecRecord;
    return record.v === VERSION && typeof record.id === 'string' ? record : null;
  } catch {
    return null;
  }
}
