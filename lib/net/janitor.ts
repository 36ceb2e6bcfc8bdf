// Carries out removals one after the other in a kept `ip` process, so that nobody waits for the kernel to take a link apart.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type Logger from 'bunyan';

/**
 * Commands go in by `push` and are done in order. `-force`: one that fails (already gone) does not stop the rest.
 * When we are killed, `ip` does what it was told and ends with our end of the pipe.
 */
export class Janitor {
  readonly #log: Logger;
  #child: ChildProcess | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  push(batch: string): void {
    if (batch === '') return;
    this.#child ??= this.#start();
    this.#child.stdin!.write(batch);
  }

  /** Resolves when everything pushed so far is done. */
  async drain(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    child.stdin!.end();
    await once(child, 'close');
  }

  #start(): ChildProcess {
    const child = spawn('ip', ['-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
    const forget = () => {
      if (this.#child === child) this.#child = null;
    };
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      // What is not there any more was to be removed.
      if (!/Cannot find device|No such file/.test(text)) this.#log.warn({ ip: text.trim() }, 'ip: removal');
    });
    child.stdin.on('error', forget);
    child.once('error', forget);
    child.once('close', forget);
    return child;
  }
}
