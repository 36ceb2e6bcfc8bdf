// The answer of a build: JSON lines as dockerd sends them, at the client's pace; with `quiet` only the image's id, or what led to the failure.
import type { ServerResponse } from 'node:http';
import { drained } from '#src/stdio/drained.ts';

/** What a quiet build keeps for the case that it fails (bytes). */
const KEPT = 1024 * 1024;

export interface ErrorDetail {
  code?: number;
  message: string;
}

export class BuildOutput {
  readonly #res: ServerResponse;
  readonly #quiet: boolean;
  #kept = '';

  constructor(res: ServerResponse, quiet: boolean) {
    this.#res = res;
    this.#quiet = quiet;
  }

  /** The head is sent: errors have to go into the stream. */
  get begun(): boolean {
    return this.#res.headersSent || this.#kept !== '';
  }

  text(text: string): Promise<void> {
    return this.message({ stream: text });
  }

  /** Red, as dockerd shows standard error. */
  errorText(text: string): Promise<void> {
    return this.message({ stream: `\u001b[91m${text}\u001b[0m` });
  }

  message(message: object): Promise<void> {
    if (!this.#quiet) return this.#write(line(message));
    if (this.#kept.length < KEPT) this.#kept += line(message);
    return Promise.resolve();
  }

  async failure(detail: ErrorDetail): Promise<void> {
    if (this.#quiet) await this.#write(this.#kept);
    await this.#write(line({ errorDetail: detail, error: detail.message }));
    this.#res.end();
  }

  async success(imageId: string): Promise<void> {
    if (this.#quiet) await this.#write(line({ stream: `${imageId}\n` }));
    this.#res.end();
  }

  async #write(text: string): Promise<void> {
    const res = this.#res;
    if (res.destroyed) return;
    if (!res.headersSent) res.writeHead(200, { 'Content-Type': 'application/json' });
    if (!res.write(text)) await drained(res);
  }
}

function line(message: object): string {
  return `${JSON.stringify(message)}\r\n`;
}
