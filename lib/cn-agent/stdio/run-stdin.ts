// The stdin of one run of a container, shared by all attached clients.
import type { Run } from './run.ts';
import { StdinFifo } from './stdin-fifo.ts';

/** How the container was created. */
export interface StdinMode {
  tty: boolean;
  openStdin: boolean;
  stdinOnce: boolean;
}

export class RunStdin {
  readonly mode: StdinMode;
  readonly #run: Run;
  readonly #fifo: StdinFifo | null;
  readonly #closeStdin: () => Promise<void>;

  /** path: the FIFO, null without stdin. closeStdin: tells the shim. */
  constructor(opts: { run: Run; mode: StdinMode; path: string | null; closeStdin: () => Promise<void> }) {
    this.#run = opts.run;
    this.mode = opts.mode;
    this.#fifo = opts.path === null ? null : new StdinFifo(opts.path);
    this.#closeStdin = opts.closeStdin;
  }

  /** Resolves when the bytes are in the pipe or have nowhere to go. Before the process runs it waits for that. */
  async write(bytes: Buffer): Promise<void> {
    if (!this.#fifo || !(await this.#running())) return;
    await this.#fifo.write(bytes);
  }

  /**
   * A client's stdin is at its end. Returns true when that ends the client's whole attachment, as in dockerd: only with
   * StdinOnce and without a tty does the container see the end; otherwise its stdin stays open for others.
   */
  async clientEnded(): Promise<boolean> {
    if (!this.mode.openStdin) return false;
    if (!this.mode.stdinOnce || this.mode.tty) return true;
    if (this.#fifo && !this.#fifo.closed && (await this.#running())) {
      await this.#fifo.close();
      await this.#closeStdin();
    }
    return false;
  }

  /** The run is over. */
  async close(): Promise<void> {
    await this.#fifo?.close();
  }

  async #running(): Promise<boolean> {
    while (this.#run.phase === 'begun' && !this.#run.closed) await this.#run.changed.wait();
    return this.#run.phase === 'running';
  }
}
