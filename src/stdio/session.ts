// One hijacked session, attach or exec: input and output together, and how it ends.
import type { Duplex } from 'node:stream';
import type { EndFrame } from '#lib/docker-vm/stdio.ts';
import type { StdioStream } from '#lib/triton/types.ts';
import { pumpInput } from './input.ts';
import { pumpOutput } from './output.ts';

export interface SessionOptions {
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  detachKeys: Buffer | null;
  /**
   * When the client is gone: `stop` leaves the stream (the container goes on without us), `drain` follows it to its end
   * (an exec, whose exit code we want).
   */
  clientGone: 'stop' | 'drain';
  onStarted?: (pid: number) => void;
}

export interface SessionEnd {
  /** null: the stream ended without telling (client gone, detached, agent gone). */
  end: EndFrame | null;
  detached: boolean;
  /** The stream's end even after a detach: an exec goes on then. */
  rest: Promise<EndFrame | null>;
}

/** A client that does not close its half is cut off after this. */
const LINGER_MS = 10_000;

/** Runs until the stream is over; the caller then writes last words and calls closeClient. Never rejects. */
export async function runSession(
  client: Duplex,
  stream: StdioStream,
  options: SessionOptions,
): Promise<SessionEnd> {
  let detached = false;
  const leave = (): void => {
    if (options.clientGone === 'stop') stream.destroy();
    // On a terminal an end of stdin would end the stream, and with it our sight of the exit code.
    else if (options.stdin && !options.tty) stream.endStdin();
  };
  client.on('error', () => {});
  client.once('close', leave);
  const output = pumpOutput(stream, client, options);
  const detach = new Promise<null>((resolve) => {
    pumpInput(client, stream, {
      stdin: options.stdin,
      detachKeys: options.detachKeys,
      onDetach: () => {
        detached = true;
        resolve(null);
      },
    });
  });
  if (client.destroyed) leave();
  const end = await Promise.race([output, detach]);
  client.off('close', leave);
  return { end, detached, rest: output };
}

/**
 * Sends what is still to be sent, then FIN; the client's own FIN, or time, ends the connection. Closing at once would turn the
 * client's EOF into a connection reset where it has sent bytes that nobody read.
 */
export function closeClient(client: Duplex): void {
  if (client.destroyed) return;
  const timer = setTimeout(() => client.destroy(), LINGER_MS).unref();
  client.once('close', () => clearTimeout(timer));
  client.once('end', () => client.destroy());
  client.end(() => {
    if (client.readableEnded) client.destroy();
  });
  client.resume();
}
