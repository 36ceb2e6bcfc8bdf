// The compute node's statistics of one run, line by line, at the reader's pace.
import type { Socket } from 'node:net';
import { RAW_FRAMING } from '#lib/docker-vm/stdio.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { fromTriton, type StatsIdentity, withIdentity } from './from-vm/stats.ts';

/** A longer line is a broken or hostile peer. Bytes. */
const MAX_LINE = 1024 * 1024;
const LF = 10;
const CR = 13;

/** null when the VM turns out not to run. Throws DockerError. */
export async function openStats(
  req: Pick<Req, 'app' | 'call' | 'version'>,
  vm: Vm,
  opts: { doStream: boolean },
): Promise<StatsLines | null> {
  const { cnapi, connectRaw } = req.app.triton;
  const context = { ref: dockerIdOf(vm), id: dockerIdOf(vm) };
  const asked = { ...opts, clientApiVersion: Number(`1.${req.version}`) };
  try {
    const endpoint = await cnapi.dockerStats(serverOf(vm), vm.uuid, asked, req.call);
    return new StatsLines(await connectRaw(endpoint, {}), endpoint.framing === RAW_FRAMING);
  } catch (err) {
    if (hasRestCode(err, 'VmNotRunning') || hasRestCode(err, 'VmNotFound')) return null;
    return asDocker(Promise.reject(err), context);
  }
}

export class StatsLines {
  readonly #socket: Socket;
  readonly #whole: boolean;

  /** whole: the lines are our own agent's, complete. */
  constructor(socket: Socket, whole: boolean) {
    this.#socket = socket;
    this.#whole = whole;
  }

  /** The answer to a client, with a line end. Throws SyntaxError. */
  toDocker(line: Buffer, identity: StatsIdentity): Buffer {
    return this.#whole ? withIdentity(line, identity) : fromTriton(line, identity);
  }

  /** Until the run ends, the connection breaks, or close(). Throws RangeError. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    let rest: Buffer = Buffer.alloc(0);
    try {
      for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        for (let end = rest.indexOf(LF); end >= 0; end = rest.indexOf(LF)) {
          const line = rest.subarray(0, rest[end - 1] === CR ? end - 1 : end);
          rest = rest.subarray(end + 1);
          if (line.length > 0) yield line;
        }
        if (rest.length > MAX_LINE) throw new RangeError(`a line of statistics of ${rest.length} bytes`);
      }
    } catch (err) {
      // A connection that breaks is no more than an end.
      if (err instanceof RangeError) throw err;
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
