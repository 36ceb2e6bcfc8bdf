// A small HTTP(S) server on loopback that plays a registry as a test tells it, and remembers what it was asked.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import bunyan from 'bunyan';

export const log = bunyan.createLogger({ name: 'test', level: bunyan.FATAL + 1 });

export interface Asked {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}
export type Answer = (asked: Asked, res: http.ServerResponse) => void;

export interface OwnServer {
  /** 'http://127.0.0.1:<port>' */
  url: string;
  host: string;
  asked: Asked[];
  close(): Promise<void>;
}

export interface Certificate {
  key: Buffer;
  cert: Buffer;
}

/** Listens on a port that the kernel picks; with a certificate it speaks TLS only. */
export async function ownServer(
  answer: Answer,
  opts: { address?: string; tls?: Certificate } = {},
): Promise<OwnServer> {
  const asked: Asked[] = [];
  const serve = async (req: http.IncomingMessage, res: http.ServerResponse): Promise<void> => {
    const body = Buffer.concat(await req.toArray()).toString();
    const one = { method: req.method ?? '', url: req.url ?? '', headers: req.headers, body };
    asked.push(one);
    answer(one, res);
  };
  const listener = (req: http.IncomingMessage, res: http.ServerResponse) =>
    void serve(req, res).catch(() => res.destroy());
  const server = opts.tls ? https.createServer(opts.tls, listener) : http.createServer(listener);
  const address = opts.address ?? '127.0.0.1';
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const host = `${address}:${(server.address() as AddressInfo).port}`;
  return {
    url: `${opts.tls ? 'https' : 'http'}://${host}`,
    host,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A certificate that nobody has signed but itself, for 127.0.0.1 and 127.0.0.2. */
export async function selfSigned(): Promise<Certificate> {
  const dir = await mkdtemp('/tmp/sdct-tls-');
  try {
    const [key, cert] = [join(dir, 'key'), join(dir, 'cert')];
    const san = 'subjectAltName=IP:127.0.0.1,IP:127.0.0.2';
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await promisify(execFile)('openssl', [
      ...args,
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      '-subj',
      '/CN=sdct',
      '-addext',
      san,
    ]);
    return { key: await readFile(key), cert: await readFile(cert) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export function reply(
  res: http.ServerResponse,
  status: number,
  body: string | Buffer | object,
  headers: http.OutgoingHttpHeaders = {},
): void {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  res.writeHead(status, { 'content-length': Buffer.byteLength(bytes), ...headers }).end(bytes);
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An image of one layer: its blobs by digest and its manifest. */
export function smallImage(): {
  manifest: Buffer;
  digest: string;
  config: Buffer;
  layer: Buffer;
  type: string;
} {
  const config = Buffer.from('{"os":"linux"}');
  const layer = Buffer.from('bytes of a layer '.repeat(1000));
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: digestOf(config),
        size: config.length,
      },
      layers: [
        { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(layer), size: layer.length },
      ],
    }),
  );
  return { manifest, digest: digestOf(manifest), config, layer, type };
}
