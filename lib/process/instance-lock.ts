// One running instance per directory: a socket in the kernel's abstract namespace, which vanishes with its process.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { FatalError } from './fatal.ts';

/**
 * Resolves with the function that gives the lock back. Throws FatalError, with the words of `taken`, when another process
 * holds it.
 */
export function lockInstance(
  what: string,
  dir: string,
  taken = `another ${what} is running on ${dir}; stop it first, or use another stateDir`,
): Promise<() => void> {
  const name = createHash('sha256').update(`${what} ${dir}`).digest('hex').slice(0, 32);
  const server: Server = createServer((socket) => socket.destroy());
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (err: NodeJS.ErrnoException) => {
      reject(err.code === 'EADDRINUSE' ? new FatalError(taken) : err);
    });
    server.listen(`\0sdc-docker-${name}`, () => resolve(() => server.close()));
  });
}
