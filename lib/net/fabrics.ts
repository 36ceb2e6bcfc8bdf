// The bridges of fabric networks: made when a container first needs one, found again at the start, taken away with the network.
import { readdir } from 'node:fs/promises';
import type Logger from 'bunyan';
import { parseSubnet } from './addresses.ts';
import { bridgeBatch, bridgeIpv6Batch } from './batches.ts';
import { linkExists } from './bridge.ts';
import type { BridgeRules } from './bridge-rules.ts';
import { setBridgeSwitches } from './bridge-switches.ts';
import type { IpSession } from './ip-session.ts';
import { bridgeIpv6, forwardIpv6 } from './ipv6.ts';
import { legacyRules } from './legacy-forward.ts';
import type { Names } from './names.ts';
import type { RuledBridge } from './ruleset.ts';
import { runProgram } from './run-program.ts';
import type { FabricNetwork } from './types.ts';

export interface FabricsParts {
  names: Names;
  known: () => FabricNetwork[];
  ip: IpSession;
  rules: BridgeRules;
  log: Logger;
}

export class Fabrics {
  readonly #names: Names;
  readonly #known: () => FabricNetwork[];
  readonly #ip: IpSession;
  readonly #rules: BridgeRules;
  readonly #log: Logger;
  /** By network: the bridge is whole, or will be when it resolves. */
  readonly #made = new Map<string, Promise<void>>();
  /** Removals under way: a bridge must not be made again beside its own end. */
  readonly #going = new Map<string, Promise<void>>();

  constructor({ names, known, ip, rules, log }: FabricsParts) {
    this.#names = names;
    this.#known = known;
    this.#ip = ip;
    this.#rules = rules;
    this.#log = log;
  }

  /** Those whose bridge is on the machine: left by an earlier process. */
  async present(): Promise<RuledBridge[]> {
    const links = new Set(await readdir('/sys/class/net'));
    return this.#known()
      .map((fabric) => this.#ruled(fabric))
      .filter(({ bridge }) => links.has(bridge));
  }

  /** The bridge of a network, there and ruled when it resolves. Networks that are no fabric are on the machine's own bridge. */
  async bridgeOf(networkUuid: string): Promise<string> {
    const fabric = this.#known().find(({ uuid }) => uuid === networkUuid);
    if (!fabric) return this.#names.bridge;
    await this.#going.get(networkUuid);
    let made = this.#made.get(networkUuid);
    if (!made) {
      made = this.#make(fabric);
      this.#made.set(networkUuid, made);
      made.catch(() => this.#made.delete(networkUuid));
    }
    await made;
    return this.#names.fabric(fabric.number);
  }

  /** The machine's own address on a network; `standard` on those that are no fabric. */
  gatewayOf(networkUuid: string, standard: string): string | null {
    const fabric = this.#known().find(({ uuid }) => uuid === networkUuid);
    return fabric ? fabric.gateway : standard;
  }

  /** No nic is on it any more. Never fails. */
  async forget(networkUuid: string): Promise<void> {
    const fabric = this.#known().find(({ uuid }) => uuid === networkUuid);
    if (!fabric) return;
    const gone = this.#remove(this.#ruled(fabric), this.#made.get(networkUuid));
    this.#made.delete(networkUuid);
    this.#going.set(networkUuid, gone);
    await gone;
    this.#going.delete(networkUuid);
  }

  /** Removes bridges of networks that there are no more: their removal was cut off. */
  async recover(): Promise<void> {
    const known = new Set(this.#known().map(({ number }) => number));
    for (const bridge of await readdir('/sys/class/net')) {
      const number = this.#names.numberOfFabric(bridge);
      if (number === null || known.has(number)) continue;
      this.#log.info({ bridge }, 'removing the bridge of a network that is gone');
      await removeBridge(bridge, this.#log);
      this.#ip.forget();
    }
  }

  #ruled({ number, subnet, internal, ipv6, peers, masquerade }: FabricNetwork): RuledBridge {
    const bridge = this.#names.fabric(number);
    return { bridge, subnet, internal, subnet6: ipv6?.subnet ?? null, peers, masquerade };
  }

  async #make(fabric: FabricNetwork): Promise<void> {
    const { subnet, gateway, mtu } = fabric;
    const ruled = this.#ruled(fabric);
    const exists = await linkExists(ruled.bridge);
    const batch = bridgeBatch(ruled.bridge, exists, parseSubnet(subnet), gateway, mtu);
    // The rules first: at no moment is there a bridge without them.
    await this.#rules.add(ruled);
    await Promise.all([
      this.#ip.run(batch),
      legacyRules(ruled.bridge, 'add', this.#log),
      fabric.ipv6 ? legacyRules(ruled.bridge, 'add', this.#log, 'ip6') : null,
    ]);
    await setBridgeSwitches(ruled.bridge, this.#log, fabric.ipv6 !== undefined);
    if (fabric.ipv6) await this.#speakIpv6(ruled.bridge, fabric.ipv6);
  }

  async #speakIpv6(bridge: string, { subnet, gateway }: NonNullable<FabricNetwork['ipv6']>): Promise<void> {
    await bridgeIpv6(bridge);
    await this.#ip.run(bridgeIpv6Batch(bridge, subnet, gateway));
    await forwardIpv6(this.#log);
  }

  async #remove(ruled: RuledBridge, made: Promise<void> | undefined): Promise<void> {
    await made?.catch(() => undefined);
    if (await linkExists(ruled.bridge)) await removeBridge(ruled.bridge, this.#log, ruled.subnet6 !== null);
    this.#ip.forget();
    await this.#rules
      .remove(ruled)
      .catch((err: Error) =>
        this.#log.warn({ err }, 'the rules still know the bridge of a network that is gone'),
      );
  }
}

/** Never fails. */
export async function removeBridge(bridge: string, log: Logger, ipv6 = true): Promise<void> {
  await runProgram('ip', ['link', 'del', bridge]).catch((err: Error) =>
    log.warn({ err, bridge }, 'cannot remove a bridge'),
  );
  await legacyRules(bridge, 'remove', log);
  if (ipv6) await legacyRules(bridge, 'remove', log, 'ip6');
}
