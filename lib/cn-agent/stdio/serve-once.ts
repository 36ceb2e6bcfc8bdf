// The real agent's way to hand over a stream (triton-wire §3.2): a TCP port that takes one client.
import { createServer } from 'node:net';
import type { RawSession } from './session.ts';
import { TOKEN_TTL_MS } from './socket.ts';

const NOTHING = Buffer.alloc(0);

/** Listens on a free loopback port for one client, for 30 s. Resolves with the port. */
export async function serveOnce(session: RawSession): Promise<number> {
  const server = createServer({ allowHalfOpen: true });
  const timer = setTimeout(() => {
    server.close();
    session.expire();
  }, TOKEN_TTL_MS);
  timer.unref();
  server.once('connection', (socket) => {
    clearTimeout(timer);
    server.close();
    session.connect(socket, NOTHING);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
