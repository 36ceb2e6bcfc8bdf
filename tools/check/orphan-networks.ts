// What is left of fabric networks without a record: bridges, VLANs, networks that the daemon has half made, nics that no VM shows.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { namesFor } from '#lib/net/names.ts';
import type { Vm } from '#lib/wire/types.ts';
import { rows } from './database-rows.ts';

/** One line each. */
export async function findOrphanNetworks(instance: {
  stateDir: string;
  daemonDir: string;
  bridge: string;
  alive: ReadonlyMap<string, Vm>;
}): Promise<string[]> {
  const { stateDir, daemonDir, bridge, alive } = instance;
  const napi = join(stateDir, 'coal/napi.db');
  const numbers = new Set(
    rows<{ number: number }>(napi, 'SELECT number FROM networks').map((row) => row.number),
  );
  const names = namesFor(bridge);
  const bridges = (await readdir('/sys/class/net')).filter((name) => {
    const number = names.numberOfFabric(name);
    return number !== null && !numbers.has(number);
  });
  const vlans = rows<{ vlan_id: number }>(
    napi,
    `SELECT vlan_id FROM vlans WHERE name LIKE 'docker-%' AND substr(name, 8) NOT IN (SELECT uuid FROM networks)`,
  );
  const halves = rows<{ name: string }>(
    napi,
    `SELECT name FROM networks WHERE name LIKE 'docker-%-ipv6' AND substr(name, 8, 36) NOT IN (SELECT uuid FROM networks)`,
  );
  const records = rows<{ record: string }>(join(daemonDir, 'daemon.db'), 'SELECT record FROM networks')
    .map(({ record }) => JSON.parse(record) as { name: string; state: string })
    .filter(({ state }) => state !== 'ready');
  const shown = new Set([...alive.values()].flatMap((vm) => vm.nics.map(({ mac }) => mac)));
  const nics = rows<{ mac: string }>(napi, "SELECT mac FROM nics WHERE belongs_to_type = 'zone'");
  return [
    ...bridges.map((name) => `bridge ${name} of a network that is gone`),
    ...vlans.map(({ vlan_id }) => `VLAN ${vlan_id} of a network that is gone`),
    ...halves.map(({ name }) => `IPv6 half ${name} of a network that is gone`),
    ...records.map(({ name, state }) => `network ${name} is ${state}`),
    ...nics.filter(({ mac }) => !shown.has(mac)).map(({ mac }) => `nic ${mac} that no VM shows`),
  ];
}
