// Takes away everything of one bridge: for `make clean` and for tests.
import { readdir, rm } from 'node:fs/promises';
import type Logger from 'bunyan';
import { destroyBatch } from './batches.ts';
import { kernelFamilies, removeTables } from './families.ts';
import { firewallTable } from './firewall/ruleset.ts';
import { Janitor } from './janitor.ts';
import { legacyRules } from './legacy-forward.ts';
import { NETNS_DIR, namesFor } from './names.ts';
import { portsTable } from './ports/ruleset.ts';
import { removeRuleset } from './ruleset.ts';
import { runProgram } from './run-program.ts';

/** Namespaces, links, bridge, rules, claims; fine when there are none. Containers that still run lose their network. */
export async function removeContainerNet(bridge: string, log: Logger): Promise<void> {
  const names = namesFor(bridge);
  const netns = (await readdir(NETNS_DIR).catch(() => [])).filter((name) => names.idOfNetns(name) !== null);
  const all = await readdir('/sys/class/net');
  const bridges = all.filter((name) => name === bridge || names.numberOfFabric(name) !== null);
  const links = [...all.filter((name) => names.idOfLink(name) !== null), ...bridges];
  const janitor = new Janitor(log);
  janitor.push(destroyBatch(netns, links));
  await janitor.drain();
  await runProgram('nft', ['-f', '-'], removeRuleset(names, kernelFamilies())).catch((err: Error) =>
    log.warn({ err }, 'cannot remove the nftables table'),
  );
  const ours = [portsTable(bridge), firewallTable(bridge)]
    .map((table) => removeTables(table, kernelFamilies()))
    .join('');
  await runProgram('nft', ['-f', '-'], ours).catch((err: Error) =>
    log.warn({ err }, 'cannot remove the tables of published ports and the firewall'),
  );
  for (const family of kernelFamilies())
    for (const name of new Set([bridge, ...bridges])) await legacyRules(name, 'remove', log, family);
  await rm(names.claims, { recursive: true, force: true });
}
