// The containers' network on one machine: a bridge with NAT, and a namespace with nics for each running container.
//
//   pool ──take──► claim written ──finish──► held by a VM ──release──► claim removed ──► unplugged ──► destroyed
//
// A namespace without a claim is nobody's, and recover destroys it: a kill -9 at any point leaks nothing for longer than that.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type Logger from 'bunyan';
import type { VmNic } from '#lib/wire/types.ts';
import { claimBatch, destroyBatch, extraNicsBatch, unplugBatch } from './batches.ts';
import { setUpBridge } from './bridge.ts';
import { Claims } from './claims.ts';
import { Janitor } from './janitor.ts';
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
  const { bridge, subnet, gateway, mtu, poolSize, log } = options;
  const names = namesFor(bridge);
  await setUpBridge({ names, subnet, gateway, mtu, log });
  const claims = new Claims(names);
  await claims.open();
  return new Net({ names, claims, mtu, poolSize, log });
}

interface Parts {
  names: Names;
  claims: Claims;
  mtu: number;
  poolSize: number;
  log: Logger;
}

class Net implements ContainerNet {
  readonly #names: Names;
  readonly #claims: Claims;
  readonly #mtu: number;
  readonly #log: Logger;
  readonly #janitor: Janitor;
  readonly #wired: Pool;
  readonly #bare: Pool;
  /** Ids that this process has made and that are not destroyed: recover must not touch them. */
  readonly #mine = new Map<string, number>();

  constructor({ names, claims, mtu, poolSize, log }: Parts) {
    this.#names = names;
    this.#claims = claims;
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
    await this.release(vmUuid);
    const pool = nics.length === 0 ? this.#bare : this.#wired;
    const ready = pool.take();
    if (ready) {
      try {
        return await this.#claim(vmUuid, ready, nics, batch);
      } catch (err) {
        this.#log.warn({ err, vm: vmUuid }, 'a namespace of the pool failed; making one');
        await this.release(vmUuid);
      }
    }
    const made = await this.#make(nics.length);
    try {
      return await this.#claim(vmUuid, made, nics, batch);
    } catch (err) {
      await this.release(vmUuid);
      throw err;
    }
  }

  async release(vmUuid: string): Promise<void> {
    const id = await this.#claims.remove(vmUuid);
    if (id !== null) await this.#destroy(id);
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

  async #claim(vmUuid: string, space: Namespace, nics: VmNic[], batch: string): Promise<{ path: string }> {
    await this.#claims.add(vmUuid, space.id);
    const missing = nics.length - space.nics;
    if (missing > 0) {
      this.#mine.set(space.id, nics.length);
      const extra = extraNicsBatch(this.#names, space.id, space.nics, missing, this.#mtu);
      await runProgram('ip', ['-batch', '-'], extra);
    }
    await space.finish(batch);
    return { path: path.join(NETNS_DIR, this.#names.netns(space.id)) };
  }

  async #destroy(id: string): Promise<void> {
    const links = await this.#linksOf(id);
    this.#mine.delete(id);
    this.#janitor.push(unplugBatch(this.#names, id, links.length));
    this.#janitor.push(destroyBatch([this.#names.netns(id)], links));
  }

  /** Ours are known by heart; those of an earlier process are looked up. */
  async #linksOf(id: string): Promise<string[]> {
    const count = this.#mine.get(id);
    if (count !== undefined) return Array.from({ length: count }, (_unused, at) => this.#names.link(id, at));
    return (await readdir('/sys/class/net')).filter((name) => this.#names.idOfLink(name) === id);
  }
}
