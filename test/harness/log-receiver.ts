// Receivers of logs on loopback: what syslog servers, Graylog and Fluentd are to a container's log driver.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';

/** Something that listens and keeps what it gets. */
export interface Receiver {
  /** For a stream everything in one; for datagrams one each. */
  readonly chunks: Buffer[];
  /** 0 for a unix socket. */
  readonly port: number;
  /** Sees each chunk with the socket to answer on. */
  onChunk: ((chunk: Buffer, socket: Socket | null) => void) | null;
  /** Connections are cut, nothing listens. */
  stop(): Promise<void>;
  /** Listens again at the same place. */
  start(): Promise<void>;
}

export function textOf(receiver: Receiver): string {
  return Buffer.concat(receiver.chunks).toString('latin1');
}

/** `place`: a port (0 = any) or a path; `tls`: certificate and key. */
export async function streamReceiver(
  place: number | string,
  tls: { cert: Buffer; key: Buffer } | null = null,
): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let server: Server;
  const it = { chunks: [] as Buffer[], port: 0, onChunk: null as Receiver['onChunk'] };
  const take = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      it.chunks.push(chunk);
      it.onChunk?.(chunk, socket);
    });
  };
  const start = async () => {
    server = tls ? createTlsServer(tls, take) : createServer(take);
    if (typeof place === 'string') await rm(place, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      if (typeof place === 'string') server.listen(place, resolve);
      else server.listen(it.port || place, '127.0.0.1', resolve);
    });
    const address = server.address();
    it.port = typeof address === 'object' && address ? address.port : 0;
  };
  await start();
  return Object.assign(it, {
    start,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  });
}

export async function udpReceiver(): Promise<Receiver> {
  let socket = createSocket('udp4');
  const it = { chunks: [] as Buffer[], port: 0, onChunk: null as Receiver['onChunk'] };
  const start = async () => {
    socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    socket.on('message', (chunk) => it.chunks.push(chunk));
    await new Promise<void>((resolve) => socket.bind(it.port, '127.0.0.1', resolve));
    it.port = socket.address().port;
  };
  await start();
  return Object.assign(it, {
    start,
    stop: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  });
}

const DATAGRAMS = `use Socket; $| = 1; unlink $ARGV[0];
socket(S, PF_UNIX, SOCK_DGRAM, 0) or die; bind(S, pack_sockaddr_un($ARGV[0])) or die; syswrite STDOUT, pack('N', 0);
while (defined recv(S, $d, 1 << 20, 0)) { syswrite STDOUT, pack('N', length $d) . $d }`;

/** On a unix datagram socket, with perl's help: Node has none. */
export async function unixDatagramReceiver(path: string): Promise<Receiver> {
  let child: ChildProcess;
  const it = { chunks: [] as Buffer[], port: 0, onChunk: null as Receiver['onChunk'] };
  const start = async () => {
    child = spawn('perl', ['-e', DATAGRAMS, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ready = Promise.withResolvers<void>();
    let rest = Buffer.alloc(0);
    child.stdout!.on('data', (chunk: Buffer) => {
      ready.resolve();
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
        const end = 4 + rest.readUInt32BE(0);
        if (end > 4) it.chunks.push(rest.subarray(4, end));
        rest = rest.subarray(end);
      }
    });
    child.once('exit', () => ready.reject(new Error('no datagram receiver')));
    await ready.promise;
  };
  await start();
  return Object.assign(it, {
    start,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await rm(path, { force: true });
    },
  });
}

/** A certificate for 127.0.0.1 that signs itself. */
export async function selfSigned(dir: string): Promise<{ cert: Buffer; key: Buffer; path: string }> {
  const [path, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const what = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', path];
  await promisify(execFile)('openssl', ['req', ...what.split(' '), ...names]);
  return { cert: await readFile(path), key: await readFile(key), path };
}
