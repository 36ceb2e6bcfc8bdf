// Datagrams to a unix socket, which Node cannot send itself: a few lines of perl (part of every Debian) do it in a process beside us.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { dialError } from './dial-error.ts';

const PROGRAM = join(import.meta.dirname, 'unix-datagram.pl');
const EMSGSIZE = 90;

export class UnixDatagram {
  readonly #child: ChildProcess;
  /** Answers awaited, in order. */
  readonly #waiting: PromiseWithResolvers<number>[] = [];
  #lost: Error | null = null;
  onLost: (() => void) | null = null;

  private constructor(path: string) {
    this.#child = spawn('perl', [PROGRAM, path], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdout!.on('data', (answers: Buffer) => {
      for (const errno of answers) this.#waiting.shift()?.resolve(errno);
    });
    const lose = () => this.#lose(new Error('the sender of datagrams ended'));
    this.#child.on('error', lose);
    this.#child.on('exit', lose);
    this.#child.stdin!.on('error', lose);
  }

  /** Throws Error in the words of Go. */
  static async open(path: string): Promise<UnixDatagram> {
    const it = new UnixDatagram(path);
    const errno = await it.#answer();
    if (errno === 0) return it;
    it.close();
    const code = getSystemErrorName(-errno);
    throw dialError(Object.assign(new Error(code), { code }), { network: 'unixgram', path });
  }

  /** One datagram each. Resolves when the receiver's socket has them. */
  async write(datagrams: readonly Buffer[]): Promise<void> {
    if (this.#lost) throw this.#lost;
    const answers = datagrams.map((datagram) => {
      const head = Buffer.allocUnsafe(4);
      head.writeUInt32BE(datagram.length);
      this.#child.stdin!.write(head);
      this.#child.stdin!.write(datagram);
      return this.#answer();
    });
    const failed = (await Promise.all(answers)).find((errno) => errno !== 0 && errno !== EMSGSIZE);
    if (failed === undefined) return;
    const err = new Error(`write unixgram: ${getSystemErrorName(-failed)}`);
    this.#lose(err);
    throw err;
  }

  get lost(): boolean {
    return this.#lost !== null;
  }

  close(): void {
    this.onLost = null;
    this.#lose(new Error('the socket is closed'));
  }

  #answer(): Promise<number> {
    if (this.#lost) return Promise.reject(this.#lost);
    const answer = Promise.withResolvers<number>();
    this.#waiting.push(answer);
    return answer.promise;
  }

  #lose(err: Error): void {
    if (this.#lost) return;
    this.#lost = err;
    this.#child.kill('SIGKILL');
    for (const { reject } of this.#waiting.splice(0)) reject(err);
    this.onLost?.();
  }
}
