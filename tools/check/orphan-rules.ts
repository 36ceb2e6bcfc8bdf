// What is left of published ports and of the firewall: addresses in our tables that no VM that runs has, rules of VMs that are gone.
import { join } from 'node:path';
import { BOTH_FAMILIES } from '#lib/net/families.ts';
import { firewallTable } from '#lib/net/firewall/ruleset.ts';
import { portsTable } from '#lib/net/ports/ruleset.ts';
import { canonicalIp } from '#lib/wire/ip.ts';
import { addressesOf } from '#lib/wire/nic-ipv6.ts';
import type { Vm } from '#lib/wire/types.ts';
import { vmOfPortRule } from '#src/containers/port-rule.ts';
import { tryRun } from '../clean-instance.ts';
import { rows } from './database-rows.ts';

/** One line each. */
export async function findOrphanRules(instance: {
  stateDir: string;
  bridge: string;
  alive: ReadonlyMap<string, Vm>;
}): Promise<string[]> {
  const { stateDir, bridge, alive } = instance;
  const running = [...alive.values()].filter((vm) => vm.state === 'running');
  const ips = new Set(running.flatMap((vm) => vm.nics.flatMap(addressesOf)));
  const found: string[] = [];
  for (const table of [portsTable(bridge), firewallTable(bridge)]) {
    for (const family of BOTH_FAMILIES) {
      const { out } = await tryRun('nft', ['list', 'table', family, table]);
      for (const ip of addressesIn(out))
        if (!ips.has(ip)) found.push(`${ip} in ${table}, which no running VM has`);
    }
  }
  for (const rule of rules(join(stateDir, 'coal/fwapi.db'))) {
    const vm = vmOfPortRule(rule);
    if (vm !== null && !alive.has(vm))
      found.push(`firewall rule ${rule.uuid} of the VM ${vm}, which is gone`);
  }
  return found;
}

/** Of containers: values of the port maps, keys of the firewall's, members of its sets. Subnets and the machine's own are none. Pure. */
export function addressesIn(table: string): Set<string> {
  const found = new Set<string>();
  for (const [, name = '', body = ''] of table.matchAll(/\t(?:map|set) (\S+) \{([\s\S]*?)\n\t\}/g)) {
    const elements = /elements = \{([\s\S]*?)\}/.exec(body)?.[1] ?? '';
    for (const element of elements.split(',')) {
      const side = name === 'any' || name === 'one' ? element.split(' : ')[1] : element.split(' : ')[0];
      // A subnet, or a port where an address would be, is none.
      const ip = canonicalIp(/^\s*([0-9a-f.:]+)(?:\s|$)/.exec(side ?? '')?.[1] ?? '');
      if (ip) found.add(ip);
    }
  }
  return found;
}

function rules(file: string): { uuid: string; rule: string; description?: string }[] {
  return rows<{ record: string }>(file, 'SELECT record FROM rules').map(({ record }) => JSON.parse(record));
}
