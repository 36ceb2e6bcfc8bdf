// Makes the bridge, its address, forwarding and its firewall table; running it again changes nothing.
import { access, readFile, writeFile } from 'node:fs/promises';
import type Logger from 'bunyan';
import { parseSubnet } from './addresses.ts';
import { bridgeBatch } from './batches.ts';
import type { BridgeRules } from './bridge-rules.ts';
import { setBridgeSwitches } from './bridge-switches.ts';
import { legacyRules } from './legacy-forward.ts';
import type { Names } from './names.ts';
import type { RuledBridge } from './ruleset.ts';
import { runProgram } from './run-program.ts';

const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';

export interface BridgeOptions {
  names: Names;
  subnet: string;
  gateway: string;
  mtu: number;
  /** Bridges of fabric networks that are there already. */
  others: RuledBridge[];
  rules: BridgeRules;
  log: Logger;
}

/** Throws the failing program's own words (no permission, subnet in use by somebody else, ...). */
export async function setUpBridge(options: BridgeOptions): Promise<void> {
  const { names, subnet, gateway, mtu, others, rules, log } = options;
  const { bridge } = names;
  const exists = await linkExists(bridge);
  const own = { bridge, subnet, subnet6: null, internal: false };
  await runProgram('ip', ['-batch', '-'], bridgeBatch(bridge, exists, parseSubnet(subnet), gateway, mtu));
  await Promise.all([
    rules.begin([own, ...others]),
    exists ? dropOtherAddresses(bridge, gateway) : null,
    setBridgeSwitches(bridge, log),
  ]);
  if ((await readFile(IP_FORWARD, 'utf8')).trim() !== '1') {
    await writeFile(IP_FORWARD, '1');
    log.info('net.ipv4.ip_forward is now 1');
  }
  await legacyRules(bridge, 'add', log);
}

export function linkExists(name: string): Promise<boolean> {
  return access(`/sys/class/net/${name}`).then(
    () => true,
    () => false,
  );
}

/** Of the subnet that an earlier run had in its settings: its route would still lead here. */
async function dropOtherAddresses(bridge: string, gateway: string): Promise<void> {
  const told = await runProgram('ip', ['-json', '-4', 'address', 'show', 'dev', bridge]);
  const [link] = JSON.parse(told) as { addr_info: { local: string; prefixlen: number }[] }[];
  const others = (link?.addr_info ?? []).filter(({ local }) => local !== gateway);
  const batch = others.map(({ local, prefixlen }) => `address delete ${local}/${prefixlen} dev ${bridge}\n`);
  if (batch.length > 0) await runProgram('ip', ['-batch', '-'], batch.join(''));
}
