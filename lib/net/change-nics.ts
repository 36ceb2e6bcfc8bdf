// Adds and takes nics of a namespace whose container runs.
import { readdir } from 'node:fs/promises';
import { ipv6Of } from '#lib/wire/nic-ipv6.ts';
import { addressBatch, goneBatch, unplugBatch, upBatch, type Wire, wireBatch } from './batches.ts';
import { type NamedNic, nameNics } from './interface-names.ts';
import { askForSysctls, setSysctls } from './interface-sysctls.ts';
import type { IpSession } from './ip-session.ts';
import { insideIpv6 } from './ipv6.ts';
import type { Names } from './names.ts';
import { runProgram } from './run-program.ts';
import type { ContainerNic } from './types.ts';

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
  nics: ContainerNic[],
  bridgeOf: (nic: ContainerNic) => Promise<string>,
): Promise<void> {
  const netns = names.netns(id);
  const told = await runProgram('ip', ['-n', netns, '-json', 'link', 'show']);
  const all = JSON.parse(told || '[]') as InnerLink[];
  const links = all.filter(({ ifalias }) => isMac(ifalias));
  const gone = links.filter(({ ifalias }) => !nics.some((nic) => sameMac(nic.mac, ifalias!)));
  const come = nameNics(
    nics.filter((nic) => !links.some(({ ifalias }) => sameMac(nic.mac, ifalias!))),
    // Those of nics that go are still there.
    all.map(({ ifname }) => ifname),
  );
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
    const run = (batch: string) => runProgram('ip', ['-n', netns, '-batch', '-'], batch);
    const first = addressBatch(come, null);
    const last = `${goneBatch(gone.map(({ ifname }) => ifname))}${upBatch(come, nics)}`;
    if (askForSysctls(come)) {
      await run(first);
      await setSysctls(netns, come);
      await run(last);
    } else await run(`${first}${last}`);
  } catch (err) {
    const made = wires.map(({ index }) => names.link(id, index));
    await runProgram('ip', ['-force', '-batch', '-'], unplug(made)).catch(() => undefined);
    throw err;
  }
}

/** Inside names of the nics that speak IPv6. */
function withIpv6(come: NamedNic[]): string[] {
  return come.filter(({ nic }) => ipv6Of(nic) !== null).map(({ name }) => name);
}

function unplug(links: string[]): string {
  return `${unplugBatch(links)}${links.map((link) => `link del ${link}\n`).join('')}`;
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
