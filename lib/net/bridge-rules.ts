// Which bridges the rules know, in memory and in the kernel: one change after the other, and all of it again when the kernel has lost it.
import type Logger from 'bunyan';
import { kernelFamilies } from './families.ts';
import { legacyRules } from './legacy-forward.ts';
import type { Names } from './names.ts';
import { NftSession } from './nft-session.ts';
import { bridgeElements, type RuledBridge, ruleset } from './ruleset.ts';

export class BridgeRules {
  readonly #names: Names;
  readonly #log: Logger;
  readonly #nft = new NftSession();
  readonly #bridges = new Map<string, RuledBridge>();

  constructor(names: Names, log: Logger) {
    this.#names = names;
    this.#log = log;
  }

  /** These, in place of whatever was there. */
  async begin(bridges: RuledBridge[]): Promise<void> {
    for (const one of bridges) this.#bridges.set(one.bridge, one);
    await this.#build();
  }

  async add(one: RuledBridge): Promise<void> {
    this.#bridges.set(one.bridge, one);
    await this.#change(one, 'add');
  }

  /** Nothing for one that was never made. */
  async remove(one: RuledBridge): Promise<void> {
    if (this.#bridges.delete(one.bridge)) await this.#change(one, 'delete');
  }

  /** All of them again, also where other programs' rules must let them through. */
  async restore(): Promise<void> {
    await this.#build();
    for (const { bridge, subnet6 } of this.#bridges.values()) {
      await legacyRules(bridge, 'add', this.#log);
      if (subnet6 !== null) await legacyRules(bridge, 'add', this.#log, 'ip6');
    }
  }

  async #change(one: RuledBridge, verb: 'add' | 'delete'): Promise<void> {
    try {
      await this.#nft.load(() => bridgeElements(this.#names, one, verb, kernelFamilies()));
    } catch (err) {
      this.#log.warn(
        { err, bridge: one.bridge },
        'the rules of the bridges could not be changed; they are built anew',
      );
      await this.#build();
    }
  }

  #build(): Promise<void> {
    return this.#nft.load(() => ruleset(this.#names, [...this.#bridges.values()], kernelFamilies()));
  }
}
