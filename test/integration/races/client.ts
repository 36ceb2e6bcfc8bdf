// One client of the races: raw requests on a kept connection, each with a time limit, and what was answered by operation and status.
import { Agent, type IncomingMessage, request } from 'node:http';

/** A request that takes longer hangs, as far as a user can tell. ms */
const HANG = 60_000;
const API = '/v1.47';

/** What is a 500 of dockerd's own, and no failure: a mistake of the client, an image without the command. */
export const DOCKERD_SAYS_500 = /is not paused[":]|Cannot restart container .*executable file not found/;

export interface Answer {
  status: number;
  body: string;
}

export class Answers {
  /** 'start 204' → how often. */
  readonly counts = new Map<string, number>();
  /** What must never happen, in words. */
  readonly faults: string[] = [];

  note(what: string, { status, body }: Answer): void {
    const key = `${what} ${status}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    if ((status >= 500 || status === 0) && !DOCKERD_SAYS_500.test(body))
      this.faults.push(`${key}: ${body.trim().slice(0, 300)}`);
  }

  table(): string {
    return [...this.counts]
      .sort()
      .flatMap(([key, count]) => `${key} × ${count}`)
      .join(', ');
  }
}

export interface Sent {
  /** Name in the table. */
  what: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
  /** The client leaves so long (ms) after the answer's head. */
  leaveAfter?: number;
}

export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #socketPath: string;
  readonly #answers: Answers;

  constructor(socketPath: string, answers: Answers) {
    this.#socketPath = socketPath;
    this.#answers = answers;
  }

  /** Never rejects: a connection that breaks is status 0. */
  async send(sent: Sent): Promise<Answer> {
    const answer = await this.#request(sent).catch((err: Error) => ({ status: 0, body: err.message }));
    this.#answers.note(sent.what, answer);
    return answer;
  }

  close(): void {
    this.#agent.destroy();
  }

  #request({ method, path, body, leaveAfter }: Sent): Promise<Answer> {
    return new Promise((done, fail) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers =
        text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const options = { socketPath: this.#socketPath, method, path: API + path, headers, agent: this.#agent };
      const req = request(options, (res) => collect(res));
      const timer = setTimeout(() => req.destroy(new Error(`no answer in ${HANG} ms`)), HANG);
      const end = (answer: Answer): void => {
        clearTimeout(timer);
        done(answer);
      };
      const collect = (res: IncomingMessage): void => {
        const status = res.statusCode ?? 0;
        let got = '';
        res.setEncoding('utf8').on('data', (piece: string) => {
          if (got.length < 1_000_000) got += piece;
        });
        res.once('end', () => end({ status, body: got }));
        if (leaveAfter === undefined || status >= 300) res.once('error', fail);
        else {
          const leave = setTimeout(() => {
            req.destroy();
            end({ status, body: got });
          }, leaveAfter);
          res.once('close', () => clearTimeout(leave));
          res.once('error', () => end({ status, body: got }));
        }
      };
      req.once('error', (err) => {
        clearTimeout(timer);
        fail(err);
      });
      req.end(text);
    });
  }
}
