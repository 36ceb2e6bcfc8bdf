// Punches holes into files with util-linux's fallocate, started by a small shell that stays: a process of our own size takes long to fork.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Bytes of a file to be freed. */
export interface Hole {
  path: string;
  from: number;
  to: number;
}

/** One line in, `offset length path`; one line out, fallocate's exit code. */
const SCRIPT =
  'while read -r offset length path; do fallocate --punch-hole --offset "$offset" --length "$length" -- "$path"; echo "$?"; done';

export class HolePuncher {
  #shell: ChildProcess | null = null;
  /** Answers awaited, in order. */
  #waiting: ((ok: boolean) => void)[] = [];

  /** False when the file system cannot do it, or the file is gone. */
  punch({ path, from, to }: Hole): Promise<boolean> {
    const shell = this.#shell ?? this.#start();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      shell.stdin!.write(`${from} ${to - from} ${path}\n`);
    });
  }

  /** Resolves when what was asked for is done. */
  async close(): Promise<void> {
    const shell = this.#shell;
    if (!shell) return;
    const ended = new Promise((resolve) => shell.once('close', resolve));
    shell.stdin!.end();
    await ended;
  }

  #start(): ChildProcess {
    const shell = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#shell = shell;
    // The agent need not stay for it.
    shell.unref();
    for (const stream of [shell.stdin, shell.stdout]) (stream as unknown as { unref(): void }).unref();
    createInterface({ input: shell.stdout! }).on('line', (code) => this.#waiting.shift()?.(code === '0'));
    shell.stdin!.on('error', () => undefined);
    const gone = () => {
      if (this.#shell !== shell) return;
      this.#shell = null;
      for (const resolve of this.#waiting.splice(0)) resolve(false);
    };
    shell.on('error', gone);
    shell.on('close', gone);
    return shell;
  }
}
