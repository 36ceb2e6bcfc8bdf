// The firewall of one machine's containers, kept in the kernel: it filters on when this process dies, and `recover` builds it anew in one step.
import type Logger from 'bunyan';
import { kernelFamilies } from '../families.ts';
import { NftSession } from '../nft-session.ts';
import { Plan } from './plan.ts';
import { firewallRuleset } from './ruleset.ts';
import type { Guest, PacketFilter, PacketFilterOptions } from './types.ts';

/** Needs root and nftables. Nothing is filtered before `recover`. */
export function createPacketFilter({ bridge, log }: PacketFilterOptions): PacketFilter {
  return new Filter(bridge, log.child({ component: 'firewall' }));
}

class Filter implements PacketFilter {
  readonly #bridge: string;
  readonly #log: Logger;
  readonly #nft = new NftSession();
  #plans: Plan[];
  readonly #guests = new Map<string, Guest>();

  constructor(bridge: string, log: Logger) {
    this.#bridge = bridge;
    this.#log = log;
    this.#plans = plansFor(bridge);
  }

  async set(vmUuid: string, guest: Guest): Promise<void> {
    this.#guests.set(vmUuid, guest);
    await this.#change((plan) => plan.set(vmUuid, guest));
  }

  async remove(vmUuid: string): Promise<void> {
    this.#guests.delete(vmUuid);
    await this.#change((plan) => plan.remove(vmUuid));
  }

  async recover(guests: ReadonlyMap<string, Guest>): Promise<void> {
    for (const [vmUuid, guest] of guests) {
      this.#guests.set(vmUuid, guest);
    }
    await this.restore();
  }

  restore(): Promise<void> {
    return this.#nft.load(() => {
      this.#plans = plansFor(this.#bridge);
      const empty = kernelFamilies().flatMap((family) => firewallRuleset(this.#bridge, family));
      const commands = [...this.#guests].flatMap(([vmUuid, guest]) =>
        this.#plans.flatMap((plan) => plan.set(vmUuid, guest)),
      );
      return `${[...empty, ...commands].join('\n')}\n`;
    });
  }

  close(): Promise<void> {
    return this.#nft.close();
  }

  /** When the kernel holds something else than we think (somebody has flushed the rules), all of it is made anew. */
  async #change(commandsOf: (plan: Plan) => string[]): Promise<void> {
    try {
      await this.#nft.run(() => this.#plans.flatMap(commandsOf));
    } catch (err) {
      this.#log.warn({ err }, 'the firewall could not be changed; it is built anew');
      await this.restore();
    }
  }
}

function plansFor(bridge: string): Plan[] {
  return kernelFamilies().map((family) => new Plan(bridge, family));
}
