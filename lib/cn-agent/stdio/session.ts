// What a token stands for: something that waits for its client to connect.
import type { Socket } from 'node:net';
import type { Wire } from './wire.ts';

export interface Session {
  /** The client is here. */
  connect(wire: Wire): void;
  /** Nobody came in time, or the service stops. */
  expire(): void;
}

/** The same for a stream without frames (stats, copy): the bytes are the session's own business. */
export interface RawSession {
  /**
   * The client is here; the socket does not flow yet, half-open is allowed, `early` is what came behind the token. The session has to listen to
   * 'error'.
   */
  connect(socket: Socket, early: Buffer): void;
  /** Nobody came in time, or the service stops. */
  expire(): void;
}
