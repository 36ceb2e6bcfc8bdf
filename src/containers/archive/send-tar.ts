// Sends the tar of a compute node to the client, compressed when it asks for that, with back-pressure and in constant memory.
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { createDeflateRaw, createGzip } from 'node:zlib';
import type { CopyStatus } from '#lib/docker-vm/copy.ts';
import { readCopy } from '#lib/triton/copy-stream.ts';
import type { Req } from '#src/context.ts';
import { drained } from '#src/stdio/drained.ts';

export type Encoding = 'gzip' | 'deflate';

export interface SendTarOptions {
  /** The agent tells how the copy went. */
  told: boolean;
  headers: Record<string, string>;
  /** By the request's Accept-Encoding. */
  mayCompress?: boolean;
}

/** Ends the response, or cuts it when the copy failed. Resolves with how it went, null when it broke off. Destroys the socket. */
export async function sendTar(req: Req, socket: Socket, opts: SendTarOptions): Promise<CopyStatus | null> {
  const { res } = req;
  const encoding = opts.mayCompress === false ? null : acceptedEncoding(req.headers['accept-encoding']);
  for (const [name, value] of Object.entries(opts.headers)) res.setHeader(name, value);
  if (encoding) res.setHeader('Content-Encoding', encoding);
  res.writeHead(200);
  res.flushHeaders();
  const out: Writable = encoding === 'gzip' ? createGzip() : encoding ? createDeflateRaw() : res;
  if (out !== res) out.on('error', () => undefined).pipe(res);
  const leave = (): void => void socket.destroy();
  res.once('close', leave);
  try {
    const status = await readCopy(socket, opts.told, (piece, release) => {
      if (!out.writable) socket.destroy();
      else if (!out.write(piece, release)) return drained(out, res);
    });
    if (status?.code === undefined && status !== null) out.end();
    else res.destroy();
    return status;
  } finally {
    res.off('close', leave);
    socket.destroy();
  }
}

/** The encoding the client likes best of what dockerd offers; null for none. Pure. */
export function acceptedEncoding(header: string | undefined): Encoding | null {
  let best: Encoding | null = null;
  let bestQ = 0;
  for (const offer of ['gzip', 'deflate'] as const) {
    for (const part of (header ?? '').split(',')) {
      const [value = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase());
      const q = Number(params.find((text) => text.startsWith('q='))?.slice(2) ?? 1);
      if ((value === offer || value === '*') && q > bestQ) [best, bestQ] = [offer, q];
    }
  }
  return best;
}
