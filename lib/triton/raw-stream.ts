// Connects to an unframed stream that CNAPI announced (docker-stats, docker-copy), by socket and token or by TCP.
import type { Socket } from 'node:net';
import { RAW_FRAMING, type StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import { openEndpoint } from './stdio-stream.ts';

/** See ConnectRaw. Throws TritonError ServiceUnavailable 503 when the agent does not answer there. */
export async function connectRaw(endpoint: StdioEndpoint, opts: { signal?: AbortSignal }): Promise<Socket> {
  const byToken = endpoint.framing === RAW_FRAMING && endpoint.path !== undefined;
  const socket = await openEndpoint(endpoint, byToken, opts.signal);
  if (byToken) socket.write(`${endpoint.token ?? ''}\n`);
  return socket;
}
