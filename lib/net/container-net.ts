// The containers' networks on one machine: bridges with NAT, and a namespace with nics for each running container.
//
//   pool ──take──► claim written ──finish──► held by a VM ──release──► claim removed ──► unplugged ──► destroyed
//
// A namespace without a claim is nobody's, and recover destroys it: a kill -9 at any point leaks nothing for longer than that.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type Logger from 'bunyan';
import { ipv6Of } from '#lib/wire/nic-ipv6.ts';
import {
  addressBatch,
  destroyBatch,
  moveBatch,
  unplugBatch,
  upBatch,
  type Wire,
  wireBatch,
} from './batches.ts';
import { setUpBridge } from './bridge.ts';
import { BridgeRules } from './bridge-rules.ts';
import { changeNics } from './change-nics.ts';
import { Claims } from './claims.ts';
import { Fabrics } from './fabrics.ts';
import { areNumbered, type NamedNic, nameNics } from './interface-names.ts';
import { askForSysctls, setSysctls } from './interface-sysctls.ts';
import { IpSession } from './ip-session.ts';
import { insideIpv6 } from './ipv6.ts';
import { Janitor } from './janitor.ts';
import { redirectNames } from './name-redirect.ts';
import { type Names, NETNS_DIR, namesFor } from './names.ts';
import { makeNamespace, type Namespace } from './namespace.ts';
import { Pool } from './pool.ts';
import { runProgram } from './run-program.ts';
import type { ContainerNet, ContainerNetOptions, ContainerNic, NamesAt } from './types.ts';

/**
 * Makes the bridge and its rules (idempotent) and starts to fill the pool. Needs root, iproute2, nftables and util-linux.
 * Throws a RangeError for bad options, else the failing program's words.
 */
export async function createContainerNet(options: ContainerNetOptions): Promise<ContainerNet> {
  const { bridge, subnet, gateway, mtu, poolSize, log, fabrics: known = () => [] } = options;
  const names = namesFor(bridge);
  const ip = new IpSession();
  const rules = new BridgeRules(names, log);
  const fabrics = new Fabrics({ names, known, ip, rules, log });
  await setUpBridge({ names, subnet, gateway, mtu, others: await fabrics.present(), rules, log });
  const claims = new Claims(names);
  await claims.open();
  return new Net({ names, claims, fabrics, rules, ip, gateway, mtu, poolSize, log });
}

interface Parts {
  names: Names;
  claims: Claims;
  fabrics: Fabrics;
  rules: BridgeRules;
  ip: IpSession;
  gateway: string;
  mtu: number;
  poolSize: number;
  log: Logger;
}

/** `ipv6`: the nic speaks it. */
type NicWire = Wire & { ipv6: boolean };

/** How a namespace is made. */
interface Kind {
  nics: number;
  named: boolean;
}

/** What a VM wants of its namespace. */
interface Claim {
  vmUuid: string;
  named: NamedNic[];
  wires: NicWire[];
  /** For the inside, one after the other; sysctls are set between them. */
  addresses: string;
  up: string;
  to: NamesAt | null;
}

/** It can have a namespace with the links in it. Pure. */
function isWired({ wires, to }: Claim): boolean {
  return to === null && areNumbered(wires.map(({ inside }) => inside));
}

class Net implements ContainerNet {
  readonly gateway: string;
  readonly #names: Names;
  readonly #claims: Claims;
  readonly #fabrics: Fabrics;
  readonly #rules: BridgeRules;
  readonly #ip: IpSession;
  readonly #mtu: number;
  readonly #log: Logger;
  readonly #janitor: Janitor;
  readonly #wired: Pool;
  readonly #bare: Pool;
  readonly #named: Pool;
  /** Ids that this process has made and that are not destroyed: recover must not touch them. */
  readonly #mine = new Map<string, number>();
  /** Where questions for names go, of those that this process has claimed. */
  readonly #led = new Map<string, NamesAt | null>();

  constructor({ names, claims, fabrics, rules, ip, gateway, mtu, poolSize, log }: Parts) {
    this.gateway = gateway;
    this.#names = names;
    this.#claims = claims;
    this.#fabrics = fabrics;
    this.#rules = rules;
    this.#ip = ip;
    this.#mtu = mtu;
    this.#log = log;
    this.#janitor = new Janitor(log);
    const onDead = (id: string) => void this.#destroy(id);
    const pool = (kind: Kind, size: number): Pool => new Pool(() => this.#make(kind), size, log, onDead);
    this.#wired = pool({ nics: 1, named: false }, poolSize);
    // Containers without a network are rarer.
    this.#bare = pool({ nics: 0, named: false }, Math.ceil(poolSize / 2));
    // Filled when the first one is taken.
    this.#named = pool({ nics: 0, named: true }, poolSize);
    this.#wired.fill(0);
    this.#bare.fill(0);
  }

  async acquire(
    vmUuid: string,
    nics: ContainerNic[],
    names?: () => Promise<NamesAt>,
  ): Promise<{ path: string }> {
    const named = nameNics(nics);
    const batches = { addresses: addressBatch(named, this.#mtu), up: upBatch(named, nics) };
    const [wires] = await Promise.all([this.#wires(named), this.release(vmUuid)]);
    const claim = { vmUuid, named, wires, ...batches, to: (await names?.()) ?? null };
    const ready = this.#poolFor(claim).take();
    if (ready) {
      try {
        return await this.#claim(ready, claim);
      } catch (err) {
        this.#log.warn({ err, vm: vmUuid }, 'a namespace of the pool failed; making one');
        await this.release(vmUuid);
      }
    }
    const made = await this.#make({ nics: isWired(claim) ? nics.length : 0, named: claim.to !== null });
    try {
      return await this.#claim(made, claim);
    } catch (err) {
      await this.release(vmUuid);
      throw err;
    }
  }

  async release(vmUuid: string): Promise<void> {
    const id = await this.#claims.remove(vmUuid);
    if (id !== null) await this.#destroy(id);
  }

  async change(vmUuid: string, nics: ContainerNic[]): Promise<void> {
    const id = await this.#claims.get(vmUuid);
    if (id === null) return;
    // How many links it has is no longer known by heart.
    this.#mine.delete(id);
    await changeNics(this.#names, this.#ip, id, nics, (nic) => this.#fabrics.bridgeOf(nic.network_uuid));
  }

  addressOn(networkUuid: string): string | null {
    return this.#fabrics.gatewayOf(networkUuid, this.gateway);
  }

  async redirectNames(vmUuid: string, to: NamesAt): Promise<void> {
    const id = await this.#claims.get(vmUuid);
    if (id === null) return;
    const now = this.#led.get(id);
    if (now?.ip === to.ip && now.port === to.port) return;
    // Until it has gone well, nobody knows what is there.
    this.#led.delete(id);
    await redirectNames(this.#names.netns(id), to, now === null);
    this.#led.set(id, to);
  }

  forgetFabric(uuid: string): Promise<void> {
    return this.#fabrics.forget(uuid);
  }

  restoreRules(): Promise<void> {
    return this.#rules.restore();
  }

  async recover(liveVmUuids: string[]): Promise<void> {
    const live = new Set(liveVmUuids);
    const held = new Set<string>();
    // Asked after each listing: the pool goes on making namespaces meanwhile, and an id is ours before anything of it exists.
    const isNobodys = (id: string | null) => id !== null && !held.has(id) && !this.#mine.has(id);
    for (const { vmUuid, id } of await this.#claims.list()) {
      if (id !== null && live.has(vmUuid)) held.add(id);
      else if (id === null || !this.#mine.has(id)) await this.#claims.remove(vmUuid);
    }
    const netns = (await readdir(NETNS_DIR).catch(() => [])).filter((name) =>
      isNobodys(this.#names.idOfNetns(name)),
    );
    const links = (await readdir('/sys/class/net')).filter((name) => isNobodys(this.#names.idOfLink(name)));
    if (netns.length + links.length > 0) this.#log.info({ netns, links }, 'removing what no container holds');
    this.#janitor.push(destroyBatch(netns, links));
    await this.#janitor.drain();
    await this.#fabrics.recover();
  }

  async close(): Promise<void> {
    const pools = [this.#wired, this.#bare, this.#named];
    const unused = (await Promise.all(pools.map((pool) => pool.close()))).flat();
    for (const id of unused) await this.#destroy(id);
    await Promise.all([this.#janitor.drain(), this.#ip.close()]);
  }

  #make({ nics, named }: Kind): Promise<Namespace> {
    return makeNamespace({
      names: this.#names,
      ip: this.#ip,
      nics,
      named,
      mtu: this.#mtu,
      onId: (id, exists) => {
        if (exists) this.#mine.set(id, nics);
        else this.#mine.delete(id);
      },
    });
  }

  /** The wire of each nic, with its bridge there. */
  #wires(named: NamedNic[]): Promise<NicWire[]> {
    return Promise.all(
      named.map(async ({ nic, name }, index) => {
        const { network_uuid, mtu = this.#mtu } = nic;
        const bridge = await this.#fabrics.bridgeOf(network_uuid);
        return { index, inside: name, bridge, mtu, ipv6: ipv6Of(nic) !== null };
      }),
    );
  }

  #poolFor(claim: Claim): Pool {
    if (claim.to !== null) return this.#named;
    return isWired(claim) && claim.wires.length > 0 ? this.#wired : this.#bare;
  }

  async #claim(space: Namespace, claim: Claim): Promise<{ path: string }> {
    const { vmUuid, wires, to } = claim;
    const { id } = space;
    await this.#claims.add(vmUuid, id);
    // Ready namespaces hang on the machine's own bridge, with its packet size.
    const isElsewhere = ({ bridge, mtu }: Wire) => bridge !== this.#names.bridge || mtu !== this.#mtu;
    const moved = wires.slice(0, space.nics).filter(isElsewhere);
    const missing = wires.slice(space.nics);
    if (missing.length > 0) this.#mine.set(id, wires.length);
    const outside = `${moved.map((wire) => moveBatch(this.#names, id, wire)).join('')}${wireBatch(this.#names, id, missing)}`;
    const speaking = wires.filter(({ ipv6 }) => ipv6).map(({ inside }) => inside);
    const work = [
      this.#ip
        .run(outside)
        .then(() => insideIpv6(this.#names.netns(id), speaking))
        .then(() => this.#finish(space, claim)),
      to === null ? null : space.redirect(to),
    ];
    await Promise.allSettled(work);
    try {
      await Promise.all(work);
    } catch (err) {
      space.abandon();
      throw err;
    }
    this.#led.set(id, to);
    return { path: path.join(NETNS_DIR, this.#names.netns(id)) };
  }

  /** Sysctls are set when the addresses are there, and before anything comes up. */
  async #finish(space: Namespace, { named, addresses, up }: Claim): Promise<void> {
    if (!askForSysctls(named)) return space.finish(`${addresses}${up}`);
    const netns = this.#names.netns(space.id);
    await runProgram('ip', ['-n', netns, '-batch', '-'], addresses);
    await setSysctls(netns, named);
    await space.finish(up);
  }

  async #destroy(id: string): Promise<void> {
    const links = await this.#linksOf(id);
    this.#mine.delete(id);
    this.#led.delete(id);
    this.#janitor.push(unplugBatch(links));
    this.#janitor.push(destroyBatch([this.#names.netns(id)], links));
  }

  /** Ours are known by heart; those of an earlier process are looked up. */
  async #linksOf(id: string): Promise<string[]> {
    const count = this.#mine.get(id);
    if (count !== undefined) return Array.from({ length: count }, (_unused, at) => this.#names.link(id, at));
    return (await readdir('/sys/class/net')).filter((name) => this.#names.idOfLink(name) === id);
  }
}
