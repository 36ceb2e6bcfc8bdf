// The containers' networks on one machine: bridges with NAT, and a namespace with nics for each running container.
//
//   pool ──take──► claim written ──finish──► held by a VM ──release──► claim removed ──► unplugged ──► destroyed
//
// A namespace without a claim is nobody's, and recover destroys it: a kill -9 at any point leaks nothing for longer than that.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type Logger from 'bunyan';
import type { VmNic } from '#lib/wire/types.ts';
import { claimBatch, destroyBatch, moveBatch, unplugBatch, type Wire, wireBatch } from './batches.ts';
import { setUpBridge } from './bridge.ts';
import { changeNics } from './change-nics.ts';
import { Claims } from './claims.ts';
import { Fabrics } from './fabrics.ts';
import { Janitor } from './janitor.ts';
import { redirectNames } from './name-redirect.ts';
import { type Names, NETNS_DIR, namesFor } from './names.ts';
import { makeNamespace, type Namespace } from './namespace.ts';
import { Pool } from './pool.ts';
import { runProgram } from './run-program.ts';
import type { ContainerNet, ContainerNetOptions } from './types.ts';

/**
 * Makes the bridge and its rules (idempotent) and starts to fill the pool. Needs root, iproute2, nftables and util-linux.
 * Throws a RangeError for bad options, else the failing program's words.
 */
export async function createContainerNet(options: ContainerNetOptions): Promise<ContainerNet> {
  const { bridge, subnet, gateway, mtu, poolSize, log, fabrics: known = () => [] } = options;
  const names = namesFor(bridge);
  const fabrics = new Fabrics(names, known, log);
  await setUpBridge({ names, subnet, gateway, mtu, others: await fabrics.present(), log });
  const claims = new Claims(names);
  await claims.open();
  return new Net({ names, claims, fabrics, gateway, mtu, poolSize, log });
}

interface Parts {
  names: Names;
  claims: Claims;
  fabrics: Fabrics;
  gateway: string;
  mtu: number;
  poolSize: number;
  log: Logger;
}

class Net implements ContainerNet {
  readonly gateway: string;
  readonly #names: Names;
  readonly #claims: Claims;
  readonly #fabrics: Fabrics;
  readonly #mtu: number;
  readonly #log: Logger;
  readonly #janitor: Janitor;
  readonly #wired: Pool;
  readonly #bare: Pool;
  /** Ids that this process has made and that are not destroyed: recover must not touch them. */
  readonly #mine = new Map<string, number>();

  constructor({ names, claims, fabrics, gateway, mtu, poolSize, log }: Parts) {
    this.gateway = gateway;
    this.#names = names;
    this.#claims = claims;
    this.#fabrics = fabrics;
    this.#mtu = mtu;
    this.#log = log;
    this.#janitor = new Janitor(log);
    const onDead = (id: string) => void this.#destroy(id);
    this.#wired = new Pool(() => this.#make(1), poolSize, log, onDead);
    // Containers without a network are rarer.
    this.#bare = new Pool(() => this.#make(0), Math.ceil(poolSize / 2), log, onDead);
    this.#wired.fill(0);
    this.#bare.fill(0);
  }

  async acquire(vmUuid: string, nics: VmNic[]): Promise<{ path: string }> {
    const batch = claimBatch(nics, this.#mtu);
    const [wires] = await Promise.all([this.#wires(nics), this.release(vmUuid)]);
    const pool = nics.length === 0 ? this.#bare : this.#wired;
    const ready = pool.take();
    if (ready) {
      try {
        return await this.#claim(vmUuid, ready, wires, batch);
      } catch (err) {
        this.#log.warn({ err, vm: vmUuid }, 'a namespace of the pool failed; making one');
        await this.release(vmUuid);
      }
    }
    const made = await this.#make(nics.length);
    try {
      return await this.#claim(vmUuid, made, wires, batch);
    } catch (err) {
      await this.release(vmUuid);
      throw err;
    }
  }

  async release(vmUuid: string): Promise<void> {
    const id = await this.#claims.remove(vmUuid);
    if (id !== null) await this.#destroy(id);
  }

  async change(vmUuid: string, nics: VmNic[]): Promise<void> {
    const id = await this.#claims.get(vmUuid);
    if (id === null) return;
    // How many links it has is no longer known by heart.
    this.#mine.delete(id);
    await changeNics(this.#names, id, nics, (nic) => this.#fabrics.bridgeOf(nic.network_uuid));
  }

  addressOn(networkUuid: string): string | null {
    return this.#fabrics.gatewayOf(networkUuid, this.gateway);
  }

  async redirectNames(vmUuid: string, to: { ip: string; port: number }): Promise<void> {
    const id = await this.#claims.get(vmUuid);
    if (id !== null) await redirectNames(this.#names.netns(id), to);
  }

  forgetFabric(uuid: string): Promise<void> {
    return this.#fabrics.forget(uuid);
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
    const unused = (await Promise.all([this.#wired.close(), this.#bare.close()])).flat();
    for (const id of unused) await this.#destroy(id);
    await this.#janitor.drain();
  }

  #make(nics: number): Promise<Namespace> {
    return makeNamespace({
      names: this.#names,
      nics,
      mtu: this.#mtu,
      onId: (id, exists) => {
        if (exists) this.#mine.set(id, nics);
        else this.#mine.delete(id);
      },
    });
  }

  /** The wire of each nic, with its bridge there. */
  #wires(nics: VmNic[]): Promise<Wire[]> {
    return Promise.all(
      nics.map(async ({ network_uuid, mtu = this.#mtu }, index) => {
        const bridge = await this.#fabrics.bridgeOf(network_uuid);
        return { index, inside: `eth${index}`, bridge, mtu };
      }),
    );
  }

  async #claim(vmUuid: string, space: Namespace, wires: Wire[], batch: string): Promise<{ path: string }> {
    const { id } = space;
    await this.#claims.add(vmUuid, id);
    // Ready namespaces hang on the machine's own bridge, with its packet size.
    const moved = wires.slice(0, space.nics).filter((wire) => this.#isElsewhere(wire));
    const missing = wires.slice(space.nics);
    if (missing.length > 0) this.#mine.set(id, wires.length);
    const outside = `${moved.map((wire) => moveBatch(this.#names, id, wire)).join('')}${wireBatch(this.#names, id, missing)}`;
    if (outside !== '') await runProgram('ip', ['-batch', '-'], outside);
    await space.finish(batch);
    return { path: path.join(NETNS_DIR, this.#names.netns(id)) };
  }

  #isElsewhere({ bridge, mtu }: Wire): boolean {
    return bridge !== this.#names.bridge || mtu !== this.#mtu;
  }

  async #destroy(id: string): Promise<void> {
    const links = await this.#linksOf(id);
    this.#mine.delete(id);
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
