// What a token stands for: something that waits for its client to connect.
import type { Wire } from './wire.ts';

export interface Session {
  /** The client is here. */
  connect(wire: Wire): void;
  /** Nobody came in time, or the service stops. */
  expire(): void;
}
