// ContainerChanges: GET /containers/:id/changes.
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { readCopy } from '#lib/triton/copy-stream.ts';
import type { Reply, Req } from '#src/context.ts';
import { requireCapability } from '#src/vm/capability.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { statusError } from './archive/open-copy.ts';
import { findContainer } from './lookup.ts';

/** A list of {Path, Kind}, sent as it comes; null when nothing changed. */
export async function containerChanges(req: Req): Promise<Reply> {
  const ref = req.params.id!;
  const vm = await findContainer(req, ref);
  const refusal = 'docker diff is not possible on this compute node: its agent cannot tell what changed';
  await requireCapability(req, vm, 'docker_changes', refusal);
  const { cnapi, connectRaw } = req.app.triton;
  const context = { ref, id: dockerIdOf(vm) };
  const endpoint = await asDocker(cnapi.dockerChanges(serverOf(vm), vm.uuid, req.call), context);
  const socket = await asDocker(connectRaw(endpoint, { signal: req.call.signal }), context);
  try {
    return await sendChanges(req, socket);
  } finally {
    socket.destroy();
  }
}

async function sendChanges(req: Req, socket: Socket): Promise<Reply> {
  const { res } = req;
  const list = new JsonList();
  const status = await readCopy(socket, true, async (piece) => {
    const text = list.push(piece);
    if (text === '') return;
    if (!res.headersSent) res.writeHead(200, { 'Content-Type': 'application/json' });
    if (!res.write(text) && !res.destroyed) {
      await new Promise<void>((resolve) => {
        res.once('drain', resolve);
        res.once('close', resolve);
      });
    }
  });
  const failure = statusError(status, { ref: req.params.id!, path: '/' });
  if (failure && !res.headersSent) throw failure;
  if (!res.headersSent) return { status: 200, body: null };
  if (failure) res.destroy();
  else res.end(list.end());
  return 'handled';
}

/** Lines of JSON as the text of one list, piece by piece. */
export class JsonList {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #empty = true;

  push(piece: Buffer): string {
    const lines = (this.#rest + this.#decoder.write(piece)).split('\n');
    this.#rest = lines.pop() ?? '';
    const text = lines.filter((line) => line !== '').join(',');
    if (text === '') return '';
    const before = this.#empty ? '[' : ',';
    this.#empty = false;
    return before + text;
  }

  end(): string {
    return this.#empty ? 'null\n' : ']\n';
  }
}
