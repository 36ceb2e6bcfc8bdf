// Adds and takes nics of a namespace whose container runs.
import { readdir } from 'node:fs/promises';
import { ipv6Of } from '#lib/wire/nic-ipv6.ts';
import type { VmNic } from '#lib/wire/types.ts';
import { changeBatch, unplugBatch, type Wire, wireBatch } from './batches.ts';
import type { IpSession } from './ip-session.ts';
import { insideIpv6 } from './ipv6.ts';
import type { Names } from './names.ts';
import { runProgram } from './run-program.ts';

interface InnerLink {
  ifname: string;
  /** The MAC that the nic was made with; absent on what is not ours. */
  ifalias?: string;
}

/** See ContainerNet.change. `bridgeOf` makes a nic's bridge when it is missing. */
export async function changeNics(
  names: Names,
  ip: IpSession,
  id: string,
  nics: VmNic[],
  bridgeOf: (nic: VmNic) => Promise<string>,
): Promise<void> {
  const netns = names.netns(id);
  const told = await runProgram('ip', ['-n', netns, '-json', 'link', 'show']);
  const all = JSON.parse(told || '[]') as InnerLink[];
  const links = all.filter(({ ifalias }) => isMac(ifalias));
  const gone = links.filter(({ ifalias }) => !nics.some((nic) => sameMac(nic.mac, ifalias!)));
  const inside = freeNames(all);
  const come = nics
    .filter((nic) => !links.some(({ ifalias }) => sameMac(nic.mac, ifalias!)))
    .map((nic) => ({ nic, name: inside.next().value! }));
  if (gone.length + come.length === 0) return;
  const free = freeIndexes(names, id, await readdir('/sys/class/net'));
  const wires: Wire[] = await Promise.all(
    come.map(async ({ nic, name }) => ({
      index: free.next().value!,
      inside: name,
      bridge: await bridgeOf(nic),
      mtu: nic.mtu ?? 1500,
    })),
  );
  try {
    await ip.run(wireBatch(names, id, wires));
    await insideIpv6(netns, withIpv6(come));
    const goneNames = gone.map(({ ifname }) => ifname);
    await runProgram('ip', ['-n', netns, '-batch', '-'], changeBatch(goneNames, come, nics));
  } catch (err) {
    const made = wires.map(({ index }) => names.link(id, index));
    await runProgram('ip', ['-force', '-batch', '-'], unplug(made)).catch(() => undefined);
    throw err;
  }
}

/** Inside names of the nics that speak IPv6. */
function withIpv6(come: { nic: VmNic; name: string }[]): string[] {
  return come.filter(({ nic }) => ipv6Of(nic) !== null).map(({ name }) => name);
}

function unplug(links: string[]): string {
  return `${unplugBatch(links)}${links.map((link) => `link del ${link}\n`).join('')}`;
}

/** eth0, eth1, … without those that there are, of whatever kind. Those of nics that go are still there. */
function* freeNames(links: InnerLink[]): Generator<string, undefined> {
  const taken = new Set(links.map(({ ifname }) => ifname));
  for (let index = 0; ; index++) if (!taken.has(`eth${index}`)) yield `eth${index}`;
}

/** Numbers for links that the namespace has not yet. */
function* freeIndexes(names: Names, id: string, links: string[]): Generator<number, undefined> {
  const taken = new Set(links);
  for (let index = 0; index < 36; index++) if (!taken.has(names.link(id, index))) yield index;
  throw new Error('a container cannot have more than 36 networks');
}

function isMac(text: string | undefined): boolean {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text ?? '');
}

function sameMac(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
