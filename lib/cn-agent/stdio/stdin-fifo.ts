// The writing side of a container's or exec's stdin.
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * Writes to a FIFO whose other end the shim holds. It is opened for both directions, so that neither opening nor writing
 * depends on the shim being there already; the shim sees the end when this is closed and Tasks.closeStdin was called.
 */
export class StdinFifo {
  readonly #path: string;
  #socket: Socket | null = null;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when the bytes are in the pipe (this is the back-pressure); false when stdin is closed. */
  async write(bytes: Buffer): Promise<boolean> {
    if (this.#closed) return false;
    this.#socket ??= this.#open();
    const socket = this.#socket;
    if (!socket) return false;
    return new Promise((resolve) => {
      socket.write(bytes, (err) => resolve(!err));
    });
  }

  /** Drops what was not written. */
  async close(): Promise<void> {
    this.#closed = true;
    const socket = this.#socket;
    if (!socket || socket.closed) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
  }

  /** null when the FIFO is gone (the run is over). */
  #open(): Socket | null {
    try {
      const fd = openSync(this.#path, constants.O_RDWR | constants.O_NONBLOCK);
      const socket = new Socket({ fd, readable: false, writable: true });
      socket.on('error', () => socket.destroy());
      return socket;
    } catch {
      this.#closed = true;
      return null;
    }
  }
}
