// Who is called what on which network, kept up to date with VMAPI's records: a question costs a look-up, however many VMs there are.
//
// Only VMs that run are found by their names; only those of one owner know each other; and only on networks that users made: on the standard
// one there are no names, as with dockerd.
import { type DockerEndpoint, namedPlaces, namesOn, type Place } from '#lib/docker-vm/endpoints.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { addressesOf } from '#lib/wire/nic-ipv6.ts';
import type { Vm } from '#lib/wire/types.ts';

interface AskerPlace {
  network: string;
  networkUuid: string;
  /** Alias → container, of --link. */
  links: Map<string, string>;
  /** Its own there, which it knows before anybody else does. */
  own: Entry;
}

/** A VM that may ask: also one of which nobody has told yet that it runs. */
export interface Asker {
  vm: Vm;
  /** Its places on networks with names. */
  places: AskerPlace[];
}

interface Entry {
  uuid: string;
  /** IPv4 first. */
  ips: string[];
  /** '<network uuid> <owner>', see keyOf. */
  key: string;
  /** Lower case. */
  names: string[];
  /** What a reverse look-up answers. */
  fullName: string;
}

export class NameIndex {
  readonly #askers = new Map<string, Asker>();
  readonly #entries = new Map<string, { ips: string[]; entries: Entry[] }>();
  /** '<network> <owner> <name>' → entries. */
  readonly #byName = new Map<string, Set<Entry>>();
  readonly #byIp = new Map<string, Entry>();

  /** Takes note of a record that is new or has changed. */
  update(vm: Vm): void {
    this.#forget(vm.uuid);
    if (vm.state === 'destroyed' || vm.state === 'failed') return;
    const places = namedPlaces(vm);
    const known = places.map((place) => ({ place, own: entryOf(vm, place) }));
    // Others find who runs.
    const entries = vm.state === 'running' ? known.map(({ own }) => own) : [];
    const ips = vm.nics.flatMap(addressesOf);
    this.#entries.set(vm.uuid, { ips, entries });
    for (const entry of entries) {
      for (const ip of entry.ips) this.#byIp.set(ip, entry);
      for (const name of entry.names) {
        const key = `${entry.key} ${name}`;
        this.#byName.set(key, (this.#byName.get(key) ?? new Set()).add(entry));
      }
    }
    const asker: Asker = {
      vm,
      places: known.map(({ place, own }) => ({
        network: place.network,
        networkUuid: place.nic.network_uuid,
        links: linksOf(place.endpoint),
        own,
      })),
    };
    for (const ip of ips) this.#askers.set(ip, asker);
  }

  /** Who has the address; null for nobody of ours. */
  askerAt(ip: string): Asker | null {
    return this.#askers.get(ip) ?? null;
  }

  /** Addresses of both families by which `asker` reaches whoever is called `name`, or 'name.network'; [] when nobody is. */
  find({ vm, places }: Asker, name: string): string[] {
    const wanted = name.toLowerCase();
    for (const place of places) {
      const end = `.${place.network.toLowerCase()}`;
      const here =
        this.#on(place, vm.owner_uuid, wanted) ??
        (wanted.endsWith(end) ? this.#on(place, vm.owner_uuid, wanted.slice(0, -end.length)) : undefined);
      if (here) return here.flatMap((entry) => entry.ips);
    }
    return [];
  }

  /** 'name.network' of the neighbour with this address; null for anybody else. */
  nameOf({ vm, places }: Asker, ip: string): string | null {
    const entry = this.#byIp.get(ip);
    const shared = places.some(({ networkUuid }) => entry?.key === keyOf(networkUuid, vm.owner_uuid));
    return entry && shared ? entry.fullName : null;
  }

  #on({ networkUuid, links, own }: AskerPlace, owner: string | null, name: string): Entry[] | undefined {
    const target = links.get(name) ?? name;
    const found = this.#byName.get(`${keyOf(networkUuid, owner)} ${target}`);
    return found ? [...found] : own.names.includes(target) ? [own] : undefined;
  }

  #forget(uuid: string): void {
    const known = this.#entries.get(uuid);
    if (!known) return;
    this.#entries.delete(uuid);
    for (const ip of known.ips) if (this.#askers.get(ip)?.vm.uuid === uuid) this.#askers.delete(ip);
    for (const entry of known.entries) {
      for (const ip of entry.ips) if (this.#byIp.get(ip) === entry) this.#byIp.delete(ip);
      for (const name of entry.names) {
        const key = `${entry.key} ${name}`;
        const all = this.#byName.get(key);
        all?.delete(entry);
        if (all?.size === 0) this.#byName.delete(key);
      }
    }
  }
}

/** Servers that its user gave a VM; [] = none. Pure. */
export function ownServers(vm: Vm): string[] {
  try {
    const { Dns } = JSON.parse(String(vm.internal_metadata[MD.hostConfig] ?? '{}')) as {
      Dns?: string[] | null;
    };
    return Dns ?? [];
  } catch {
    return [];
  }
}

function entryOf(vm: Vm, { network, endpoint, nic }: Place): Entry {
  return {
    uuid: vm.uuid,
    ips: addressesOf(nic),
    key: keyOf(nic.network_uuid, vm.owner_uuid),
    names: namesOn(vm, endpoint).map((name) => name.toLowerCase()),
    fullName: `${vm.alias ?? vm.uuid}.${network}`,
  };
}

function keyOf(networkUuid: string, owner: string | null): string {
  return `${networkUuid} ${owner}`;
}

/** 'container:alias' of --link: alias → container, both in lower case. */
function linksOf(endpoint: DockerEndpoint | null): Map<string, string> {
  return new Map(
    (endpoint?.Links ?? []).map((link) => {
      const [container = '', alias = container] = link.toLowerCase().split(':');
      return [alias.replace(/^\//, ''), container.replace(/^\//, '')];
    }),
  );
}
