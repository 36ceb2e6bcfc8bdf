// Runs one of the system's network programs to its end.
import { spawn } from 'node:child_process';

/** A program that did not end with 0. */
export class ProgramFailed extends Error {
  /** Its standard error. */
  readonly words: string;

  constructor(command: string, words: string) {
    super(`${command}: ${words}`);
    this.words = words;
  }
}

/** Standard output; throws ProgramFailed with the program's own words, or ENOENT when it is missing. */
export function runProgram(program: string, args: string[], stdin = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(out);
      else reject(new ProgramFailed([program, ...args].join(' '), err.trim() || (signal ?? `exit ${code}`)));
    });
    // A program that ends before it has read everything says why by its exit.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}
