// A kept `ip -batch -`: what is made outside of the namespaces costs a millisecond instead of a process.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** Prints a line when everything before it is done; the first command that fails ends the process. */
const MARK = 'link show dev lo\n';
/**
 * ip remembers which name is which link, also when the link is long gone. A new process knows nothing: so a name that comes again
 * by chance does not meet its former bearer.
 */
const MAX_TURNS = 64;
/** ip takes a millisecond; this is for a kernel that is stuck. */
const TIMEOUT_MS = 15_000;

/** Batches one after the other, in the order of the calls. */
export class IpSession {
  #child: ChildProcessWithoutNullStreams | null = null;
  #turns = 0;
  #queue: Promise<unknown> = Promise.resolve();

  /** Throws ip's own words; what stands behind the command that failed is not done. */
  run(batch: string): Promise<void> {
    if (batch === '') return Promise.resolve();
    const work = (): Promise<void> => this.#perform(batch);
    const done = this.#queue.then(work, work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** A link with a name that may come again is gone: what ip remembers of it is forgotten. */
  forget(): void {
    this.#child?.stdin.end();
    this.#child = null;
  }

  /** What was asked before is done first. */
  async close(): Promise<void> {
    await this.#queue;
    this.forget();
  }

  #perform(batch: string): Promise<void> {
    if (this.#turns >= MAX_TURNS) this.forget();
    const child = this.#child ?? this.#start();
    this.#turns++;
    return new Promise<void>((resolve, reject) => {
      let err = '';
      const hear = (text: string): void => {
        err += text;
      };
      const finish = (failure: Error | null): void => {
        clearTimeout(timer);
        child.stdout.off('data', over);
        child.stderr.off('data', hear);
        child.off('error', finish).off('close', ended);
        if (failure !== null && this.#child === child) this.#child = null;
        if (failure === null) resolve();
        else reject(failure);
      };
      const over = (text: string): void => {
        if (text.endsWith('\n')) finish(null);
      };
      const ended = (code: number | null, signal: string | null): void =>
        finish(new Error(`ip: ${err.trim() || (signal ?? `exit ${code}`)}`));
      const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
      child.stdout.on('data', over);
      child.stderr.on('data', hear);
      child.once('error', finish).once('close', ended);
      child.stdin.write(`${batch}${MARK}`);
    });
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn('ip', ['-br', '-batch', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#turns = 0;
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    const gone = (): void => {
      if (this.#child === child) this.#child = null;
    };
    child.on('error', gone).on('close', gone);
    return child;
  }
}
