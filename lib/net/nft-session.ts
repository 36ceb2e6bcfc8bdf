// A kept `nft -i`: a change of the rules costs a millisecond instead of a process.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { runProgram } from './run-program.ts';

/** A line of terminal input has its limits; what is longer goes to a process of its own. */
const MAX_LINE = 16_384;
/** nft takes a millisecond; this is for a kernel that is stuck. */
const TIMEOUT_MS = 15_000;

interface Turn {
  mark: string;
  resolve(): void;
  reject(err: Error): void;
  timer: NodeJS.Timeout;
}

/** Transactions one after the other, in the order of the calls. Each happens whole or not at all. */
export class NftSession {
  #child: ChildProcessWithoutNullStreams | null = null;
  #said = '';
  #turn: Turn | null = null;
  #count = 0;
  #queue: Promise<unknown> = Promise.resolve();

  /** Commands of one transaction, told when their turn comes. Throws nft's own words. */
  run(commands: () => string[]): Promise<void> {
    return this.#inTurn(async () => this.#perform(commands()));
  }

  /** So for whole tables, as text, by a process of its own. */
  load(text: () => string): Promise<void> {
    return this.#inTurn(async () => {
      await runProgram('nft', ['-f', '-'], text());
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work, work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** What was asked before is done first. */
  async close(): Promise<void> {
    await this.#queue;
    this.#child?.stdin.end();
    this.#child = null;
  }

  async #perform(commands: string[]): Promise<void> {
    if (commands.length === 0) return;
    const line = commands.join('; ');
    if (line.length > MAX_LINE) await runProgram('nft', ['-f', '-'], `${commands.join('\n')}\n`);
    else await this.#say(line);
  }

  /** A question about a chain that does not exist marks the end: its failure comes behind those of the line before. */
  #say(line: string): Promise<void> {
    const child = this.#child ?? this.#start();
    const mark = `end-${this.#count++}`;
    const done = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
      this.#turn = { mark, resolve, reject, timer };
    });
    child.stdin.write(`${line}\nlist chain ip none ${mark}\n`);
    return done;
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn('nft', ['-i'], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#said = '';
    child.stdin.on('error', () => undefined);
    child.stdout.resume();
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    const over = (err: Error): void => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#finish(err);
    };
    child.once('error', over);
    child.once('close', (code, signal) => over(new Error(`nft ended (${signal ?? code}): ${this.#said}`)));
    return child;
  }

  #hear(text: string): void {
    this.#said += text;
    const turn = this.#turn;
    if (turn === null || !this.#said.includes(turn.mark)) return;
    const failure = failureIn(this.#said, turn.mark);
    this.#said = '';
    this.#finish(failure === '' ? null : new Error(`nft: ${failure}`));
  }

  #finish(err: Error | null): void {
    const turn = this.#turn;
    if (turn === null) return;
    this.#turn = null;
    clearTimeout(turn.timer);
    if (err === null) turn.resolve();
    else turn.reject(err);
  }
}

/** What nft complained of before the mark; the rest of an earlier mark's complaint may stand in front. Pure. */
export function failureIn(said: string, mark: string): string {
  const lines = said.split('\n');
  const end = lines.findIndex((line) => line.includes(mark));
  // The line above the mark is the "Error:" of the mark itself.
  const ours = lines.slice(0, Math.max(0, end - 1));
  return ours.filter((line) => !/^[\s^~]*$/.test(line)).join('\n');
}
