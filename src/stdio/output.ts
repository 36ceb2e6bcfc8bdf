// Carries a container's or exec's output from the agent's stream to a Docker client, with back-pressure and in constant memory.
import type { Writable } from 'node:stream';
import { type EndFrame, FRAME, FrameDecoder, frameHeader } from '#lib/docker-vm/stdio.ts';
import type { StdioStream } from '#lib/triton/types.ts';
import { drained } from './drained.ts';
import { FrameRanges } from './frame-ranges.ts';

export interface OutputOptions {
  /** Raw bytes instead of stdcopy frames. */
  tty: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Called once when the process runs. */
  onStarted?: (pid: number) => void;
}

/**
 * Resolves with the end frame, or null when the stream broke before it. Never rejects. A client that is gone is no reason
 * to stop: its output is read and thrown away; destroy the stream to stop.
 */
export function pumpOutput(
  stream: StdioStream,
  client: Writable,
  options: OutputOptions,
): Promise<EndFrame | null> {
  return stream.muxSocket ? pumpMux(stream.muxSocket, client, options) : pumpPieces(stream, client, options);
}

function pumpMux(
  socket: NonNullable<StdioStream['muxSocket']>,
  client: Writable,
  options: OutputOptions,
): Promise<EndFrame | null> {
  return new Promise((resolve) => {
    let end: EndFrame | null = null;
    const finish = (): void => {
      client.off('drain', resume);
      client.off('close', resume);
      resolve(end);
    };
    const resume = (): void => void socket.resume();
    const decoder = decoderFor(client, options, (type, payload) => {
      if (type === FRAME.started) options.onStarted?.(pidOf(payload));
      if (type === FRAME.end) end = parseEnd(payload);
    });
    client.on('drain', resume);
    client.on('close', resume);
    socket.on('data', (chunk: Buffer) => {
      try {
        decoder.push(chunk);
      } catch {
        socket.destroy();
        return;
      }
      if (end !== null) {
        socket.destroy();
        finish();
      } else if (client.writableNeedDrain && !client.destroyed) socket.pause();
    });
    socket.on('end', finish);
    socket.on('close', finish);
    if (socket.destroyed) finish();
  });
}

/** The cheapest way to take the stream apart that still gives the client what it wants. */
function decoderFor(
  client: Writable,
  { tty, stdout, stderr }: OutputOptions,
  control: (type: number, payload: Buffer) => void,
): { push(chunk: Buffer): void } {
  const write = (piece: Buffer): void => {
    if (piece.length > 0 && client.writable) client.write(piece);
  };
  if (!tty && stdout && stderr) return new FrameRanges({ output: write, control });
  return new FrameDecoder({
    control,
    data: (type, piece, first, frameLength) => {
      if (type === FRAME.stdout ? !stdout : !stderr) return;
      if (!tty && first) write(frameHeader(type, frameLength));
      write(piece);
    },
  });
}

/** A real agent's JSON lines. */
async function pumpPieces(
  stream: StdioStream,
  client: Writable,
  { tty, stdout, stderr, onStarted }: OutputOptions,
): Promise<EndFrame | null> {
  stream.started.then(
    ({ pid }) => onStarted?.(pid),
    () => {},
  );
  try {
    return await stream.run((type, piece) => {
      if (!client.writable || (type === 1 ? !stdout : !stderr)) return;
      if (!tty) client.write(frameHeader(type, piece.length));
      if (!client.write(piece)) return drained(client);
    });
  } catch {
    return null;
  }
}

function pidOf(payload: Buffer): number {
  try {
    return (JSON.parse(payload.toString() || '{}') as { pid?: number }).pid ?? 0;
  } catch {
    return 0;
  }
}

function parseEnd(payload: Buffer): EndFrame {
  try {
    return JSON.parse(payload.toString()) as EndFrame;
  } catch {
    return { code: null, signal: null };
  }
}
