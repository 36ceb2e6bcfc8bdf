// Published ports of one machine: a reservation among ourselves, a socket against everybody else, a rule that forwards.
//
//   wish ──reserved──► ──listening──► ──in the kernel's maps──► published ──withdraw──► gone         any failure ──► all given back
//
// The rules are the kernel's: when this process dies, what is forwarded goes on. `recover` takes it up again.
import { readFileSync } from 'node:fs';
import type Logger from 'bunyan';
import { kernelFamilies } from '../families.ts';
import { NftSession } from '../nft-session.ts';
import { type Listener, listenFor } from './listener.ts';
import { Reservations } from './reservations.ts';
import { addForwards, deleteForwards, type Forward, portsRuleset } from './ruleset.ts';
import {
  type PortBinding,
  type PortForwards,
  type PortForwardsOptions,
  PortTakenError,
  type PortTarget,
  type PortWish,
} from './types.ts';

/** Needs root and nftables. Nothing is forwarded before `recover`. */
export function createPortForwards(options: PortForwardsOptions): PortForwards {
  return new Forwards(options.bridge, options.log.child({ component: 'ports' }));
}

interface Held extends Forward {
  /** null: the port was lost to a program of the machine while we were away. */
  listener: Listener | null;
}

class Forwards implements PortForwards {
  readonly #bridge: string;
  readonly #log: Logger;
  readonly #reservations = new Reservations();
  readonly #held = new Map<string, Held[]>();
  readonly #nft = new NftSession();

  constructor(bridge: string, log: Logger) {
    this.#bridge = bridge;
    this.#log = log;
  }

  async publish(vmUuid: string, target: PortTarget, wishes: PortWish[]): Promise<PortBinding[]> {
    await this.withdraw(vmUuid);
    if (wishes.length === 0) return [];
    const opened = new Map<PortWish, Held[]>();
    let held: Held[] = [];
    try {
      // One after the other: a failure names the first that is taken, and ranges are given out in order. Who has less choice is first.
      for (const wish of wishes.toSorted(lessChoiceFirst)) opened.set(wish, await this.#open(wish, target));
      held = wishes.flatMap((wish) => opened.get(wish) ?? []);
      this.#held.set(vmUuid, held);
      await this.#change(() => addForwards(this.#bridge, held));
    } catch (err) {
      this.#held.delete(vmUuid);
      for (const each of [...opened.values()].flat()) this.#close(each);
      throw err;
    }
    return held.map(({ binding }) => binding);
  }

  async withdraw(vmUuid: string): Promise<void> {
    const held = this.#held.get(vmUuid);
    if (held === undefined) return;
    this.#held.delete(vmUuid);
    // At once: the rules change in turn, so whoever takes the port next comes after this.
    for (const each of held) this.#close(each);
    await this.#change(() => deleteForwards(this.#bridge, held));
  }

  async recover(all: { vmUuid: string; target: PortTarget; bindings: PortBinding[] }[]): Promise<void> {
    for (const { vmUuid, target, bindings } of all) {
      const held: Held[] = [];
      for (const binding of bindings) {
        this.#reservations.take(binding);
        const listener = await listenFor({ binding, target }).catch((err: Error) => {
          this.#log.warn({ err, vm: vmUuid, binding }, 'a published port has been taken by another program');
          return null;
        });
        held.push({ binding, target, listener });
      }
      this.#held.set(vmUuid, held);
    }
    await this.restore();
  }

  restore(): Promise<void> {
    return this.#nft.load(() =>
      portsRuleset(this.#bridge, [...this.#held.values()].flat(), kernelFamilies()),
    );
  }

  async close(): Promise<void> {
    await this.#nft.close();
    for (const held of this.#held.values()) for (const { listener } of held) listener?.close();
  }

  /** When the kernel holds something else than we think (somebody has flushed the rules), all of it is made anew. */
  async #change(commands: () => string[]): Promise<void> {
    try {
      await this.#nft.run(commands);
    } catch (err) {
      this.#log.warn({ err }, 'the published ports could not be changed; their rules are built anew');
      await this.restore();
    }
  }

  /** The first port that is free at every address that the wish means. */
  async #open(wish: PortWish, target: PortTarget): Promise<Held[]> {
    const { protocol, port, hostPorts } = wish;
    const addresses = addressesOf(wish.hostIp);
    let failure: PortTakenError | null = null;
    for (const hostPort of this.#reservations.candidates(hostPorts)) {
      const bindings = addresses.map((hostIp) => ({ protocol, port, hostIp, hostPort }));
      try {
        return await this.#openAll(bindings, target);
      } catch (err) {
        if (!(err instanceof PortTakenError)) throw err;
        failure ??= err;
        // An address that is not the machine's will not become so at another port.
        if (!isTaken(err)) break;
      }
    }
    throw failure ?? new Error('no port to try');
  }

  async #openAll(bindings: PortBinding[], target: PortTarget): Promise<Held[]> {
    const held: Held[] = [];
    try {
      for (const binding of bindings) held.push(await this.#openOne(binding, target));
      return held;
    } catch (err) {
      for (const each of held) this.#close(each);
      throw err;
    }
  }

  async #openOne(binding: PortBinding, target: PortTarget): Promise<Held> {
    if (!this.#reservations.take(binding)) throw new PortTakenError('allocated', binding);
    try {
      return { binding, target, listener: await listenFor({ binding, target }) };
    } catch (err) {
      this.#reservations.give(binding);
      throw new PortTakenError('in use', binding, (err as NodeJS.ErrnoException).code);
    }
  }

  #close({ binding, listener }: Held): void {
    listener?.close();
    this.#reservations.give(binding);
  }
}

function lessChoiceFirst(a: PortWish, b: PortWish): number {
  const choice = ({ hostPorts }: PortWish) =>
    hostPorts === null ? 65_536 : hostPorts.last - hostPorts.first;
  return choice(a) - choice(b);
}

function isTaken({ code }: PortTakenError): boolean {
  return code === 'EADDRINUSE';
}

/** As dockerd: no address means every IPv4 one, and every IPv6 one where the machine has IPv6. */
function addressesOf(hostIp: string): string[] {
  if (hostIp !== '') return [hostIp];
  return hasIpv6() ? ['0.0.0.0', '::'] : ['0.0.0.0'];
}

/** The file is there, and not empty, where the kernel speaks IPv6. */
function hasIpv6(): boolean {
  try {
    return readFileSync('/proc/net/if_inet6', 'utf8') !== '';
  } catch {
    return false;
  }
}
