// Carries what a Docker client sends on a hijacked connection to the stdin of a container or exec.
import type { Duplex } from 'node:stream';
import type { StdioStream } from '#lib/triton/types.ts';
import { DetachScanner } from './detach-keys.ts';

export interface InputOptions {
  /** False: what the client sends is read and thrown away. */
  stdin: boolean;
  /** The sequence that leaves the session; null where there is none (no terminal). */
  detachKeys: Buffer | null;
  onDetach: () => void;
}

/** Starts the flow; the client's half-close ends stdin and nothing else. */
export function pumpInput(client: Duplex, stream: StdioStream, options: InputOptions): void {
  if (!options.stdin) {
    client.resume();
    return;
  }
  const scanner = options.detachKeys === null ? null : new DetachScanner(options.detachKeys);
  client.on('data', (piece: Buffer) => {
    const { forward, detached } = scanner?.scan(piece) ?? { forward: piece, detached: false };
    if (forward.length > 0 && !stream.writeStdin(forward)) {
      client.pause();
      stream.drain().then(
        () => client.resume(),
        () => client.resume(),
      );
    }
    if (detached) options.onDetach();
  });
  client.once('end', () => stream.endStdin());
}
