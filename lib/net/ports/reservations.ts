// Which ports of the machine our containers hold, and which is next when any will do. Memory only: what is held is told again at each start.
import { randomInt } from 'node:crypto';
import type { PortBinding } from './types.ts';

/** The kernel's own range for whoever does not care (net.ipv4.ip_local_port_range), which dockerd uses too. */
export const EPHEMERAL = { first: 32_768, last: 60_999 };

type Place = Pick<PortBinding, 'protocol' | 'hostIp' | 'hostPort'>;

export class Reservations {
  readonly #held = new Map<string, Set<string>>();
  /** Anywhere at first: of two instances on one machine neither takes what the other's death has just freed. */
  #last = randomInt(EPHEMERAL.first, EPHEMERAL.last + 1);

  /** False when one of ours has it, at this address or at all of them. */
  take({ protocol, hostIp, hostPort }: Place): boolean {
    const key = `${protocol}/${hostPort}`;
    const addresses = this.#held.get(key) ?? new Set();
    const all = hostIp.includes(':') ? '::' : '0.0.0.0';
    const sameFamily = [...addresses].filter((ip) => ip.includes(':') === hostIp.includes(':'));
    if (hostIp === all ? sameFamily.length > 0 : addresses.has(all) || addresses.has(hostIp)) return false;
    this.#held.set(key, addresses.add(hostIp));
    return true;
  }

  give({ protocol, hostIp, hostPort }: Place): void {
    const key = `${protocol}/${hostPort}`;
    const addresses = this.#held.get(key);
    addresses?.delete(hostIp);
    if (addresses?.size === 0) this.#held.delete(key);
  }

  /** Ports to try, in turn: those of a range from its first; ephemeral ones behind the last that was given out. */
  *candidates(range: { first: number; last: number } | null): Generator<number> {
    if (range !== null) {
      for (let port = range.first; port <= range.last; port++) yield port;
      return;
    }
    for (let tries = EPHEMERAL.first; tries <= EPHEMERAL.last; tries++) {
      this.#last = this.#last >= EPHEMERAL.last ? EPHEMERAL.first : this.#last + 1;
      yield this.#last;
    }
  }
}
