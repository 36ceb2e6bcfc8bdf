// Runs one of the system's network programs to its end.
import { spawn } from 'node:child_process';

/** Standard output; throws an Error with the program's own words when it does not end with 0, or ENOENT when it is missing. */
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
      else reject(new Error(`${program} ${args.join(' ')}: ${err.trim() || (signal ?? `exit ${code}`)}`));
    });
    // A program that ends before it has read everything says why by its exit.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}
