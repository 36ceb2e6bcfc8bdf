// Connects to the stream that CNAPI docker-exec announced, by whichever framing the agent speaks.
import { connect, type Socket } from 'node:net';
import { STDIO_FRAMING, type StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { JsonLinesStream } from './stdio-json-lines.ts';
import { Mux1Stream } from './stdio-mux1.ts';
import type { ConnectStdio, StdioStream } from './types.ts';

/** See ConnectStdio. Throws TritonError ServiceUnavailable 503 when the agent does not answer there. */
export const connectStdio: ConnectStdio = async (endpoint, opts): Promise<StdioStream> => {
  const mux1 = endpoint.framing === STDIO_FRAMING && endpoint.path !== undefined;
  const socket = await openEndpoint(endpoint, mux1, opts.signal);
  if (!mux1) return new JsonLinesStream(socket);
  socket.write(`${endpoint.token ?? ''}\n`);
  return new Mux1Stream(socket);
};

/** The connected socket, half-open allowed: to the unix socket `path`, or by TCP. Aborting the signal closes it. */
export function openEndpoint(
  endpoint: StdioEndpoint,
  byPath: boolean,
  signal?: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // allowHalfOpen: a real agent that sees our FIN drops the output (triton-wire §8), so neither side's FIN may end the other.
    const where = byPath ? { path: endpoint.path! } : { host: endpoint.host, port: endpoint.port };
    const socket = connect({ ...where, allowHalfOpen: true });
    const abort = (): void => void socket.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal?.removeEventListener('abort', abort));
    const failed = (err: Error): void =>
      reject(
        new TritonError('ServiceUnavailable', 503, 'the stream of the container cannot be reached', [], err),
      );
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      // Errors also reach whoever reads or writes; without a listener they would end the process.
      socket.on('error', () => {});
      resolve(socket);
    });
    if (signal?.aborted === true) abort();
  });
}
