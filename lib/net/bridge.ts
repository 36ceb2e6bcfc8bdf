// Makes the bridge, its address, forwarding and its firewall table; running it again changes nothing.
import { access, readFile, writeFile } from 'node:fs/promises';
import type Logger from 'bunyan';
import { parseSubnet } from './addresses.ts';
import { bridgeBatch } from './batches.ts';
import { legacyRules } from './legacy-forward.ts';
import type { Names } from './names.ts';
import { ruleset } from './ruleset.ts';
import { runProgram } from './run-program.ts';

const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';

export interface BridgeOptions {
  names: Names;
  subnet: string;
  gateway: string;
  mtu: number;
  log: Logger;
}

/** Throws the failing program's own words (no permission, subnet in use by somebody else, ...). */
export async function setUpBridge({ names, subnet, gateway, mtu, log }: BridgeOptions): Promise<void> {
  const parsed = parseSubnet(subnet);
  const exists = await access(`/sys/class/net/${names.bridge}`).then(
    () => true,
    () => false,
  );
  await runProgram('ip', ['-batch', '-'], bridgeBatch(names, exists, parsed, gateway, mtu));
  await Promise.all([
    runProgram('nft', ['-f', '-'], ruleset(names, subnet)),
    exists ? dropOtherAddresses(names.bridge, gateway) : null,
  ]);
  if ((await readFile(IP_FORWARD, 'utf8')).trim() !== '1') {
    await writeFile(IP_FORWARD, '1');
    log.info('net.ipv4.ip_forward is now 1');
  }
  await legacyRules(names.bridge, 'add', log);
}

/** Of the subnet that an earlier run had in its settings: its route would still lead here. */
async function dropOtherAddresses(bridge: string, gateway: string): Promise<void> {
  const told = await runProgram('ip', ['-json', '-4', 'address', 'show', 'dev', bridge]);
  const [link] = JSON.parse(told) as { addr_info: { local: string; prefixlen: number }[] }[];
  const others = (link?.addr_info ?? []).filter(({ local }) => local !== gateway);
  const batch = others.map(({ local, prefixlen }) => `address delete ${local}/${prefixlen} dev ${bridge}\n`);
  if (batch.length > 0) await runProgram('ip', ['-batch', '-'], batch.join(''));
}
