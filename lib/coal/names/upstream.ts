// Asks other name servers what we do not know: the message goes on as it is, its answer comes back as it is.
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { framed, Unframer } from './framing.ts';

/** dockerd waits so long for each server, and asks so many. ms */
const TIMEOUT_MS = 4000;
const MAX_SERVERS = 3;
const PORT = 53;

export interface Server {
  ip: string;
  port: number;
}

/** '1.2.3.4' as it stands in resolv.conf. */
export function serverAt(ip: string): Server {
  return { ip, port: PORT };
}

/** The first answer that comes; null when no server gives one. */
export async function askUpstream(
  message: Buffer,
  servers: Server[],
  protocol: 'udp' | 'tcp',
): Promise<Buffer | null> {
  const ask = protocol === 'udp' ? askUdp : askTcp;
  for (const server of servers.slice(0, MAX_SERVERS)) {
    const answer = await ask(message, server).catch(() => null);
    if (answer) return answer;
  }
  return null;
}

/** A socket and a port for each question: an answer that somebody makes up must guess both, and the id. */
function askUdp(message: Buffer, { ip, port }: Server): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(ip) ? 'udp6' : 'udp4');
    const end = (err: Error | null, answer?: Buffer): void => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
      if (answer) resolve(answer);
      else reject(err);
    };
    const timer = setTimeout(() => end(new Error('no answer')), TIMEOUT_MS);
    socket.once('error', end);
    socket.on('message', (answer) => {
      if (isAnswerTo(message, answer)) end(null, answer);
    });
    // A connected socket takes packets of this server only, and hears that nobody listens there.
    socket.connect(port, ip, () => socket.send(message));
  });
}

function askTcp(message: Buffer, { ip, port }: Server): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: ip, port, noDelay: true });
    const end = (err: Error | null, answer?: Buffer): void => {
      socket.destroy();
      if (answer) resolve(answer);
      else reject(err);
    };
    const unframer = new Unframer();
    socket.setTimeout(TIMEOUT_MS, () => end(new Error('no answer')));
    socket.once('error', end);
    socket.once('close', () => end(new Error('closed')));
    socket.once('connect', () => socket.write(framed(message)));
    socket.on('data', (piece: Buffer) => {
      const answer = unframer.take(piece).find((each) => isAnswerTo(message, each));
      if (answer) end(null, answer);
    });
  });
}

/** The same id, and a response. */
function isAnswerTo(message: Buffer, answer: Buffer): boolean {
  return (
    answer.length >= 12 && answer.readUInt16BE(0) === message.readUInt16BE(0) && (answer[2]! & 0x80) !== 0
  );
}
