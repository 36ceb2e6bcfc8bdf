// IPv6 is off everywhere until a network asks for it: the switches of the machine, of a bridge, and of a container's interfaces.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type Logger from 'bunyan';
import { inside } from './inside.ts';

const CONF = '/proc/sys/net/ipv6/conf';

/**
 * The machine forwards IPv6 from now on: the kernel asks the switch of all interfaces before it looks at those of single ones. Who
 * forwards hears no router any more: interfaces that did hear go on hearing, before anything else changes. Idempotent. `conf`: for tests.
 */
export async function forwardIpv6(log: Logger, conf = CONF): Promise<void> {
  if ((await read(`${conf}/all/forwarding`)) === '1') return;
  for (const name of await readdir(conf)) {
    if (name === 'all' || name === 'default') continue;
    const hears = (await read(`${conf}/${name}/accept_ra`)) === '1';
    const isHost = (await read(`${conf}/${name}/forwarding`)) === '0';
    if (hears && isHost) await writeFile(`${conf}/${name}/accept_ra`, '2').catch(() => undefined);
  }
  await writeFile(`${conf}/all/forwarding`, '1');
  log.info('net.ipv6.conf.all.forwarding is now 1');
}

/** The bridge speaks IPv6; its addresses are nobody else's, so nobody is asked. Throws where the kernel has no IPv6. */
export async function bridgeIpv6(bridge: string): Promise<void> {
  const at = `${CONF}/${bridge}`;
  await writeFile(`${at}/accept_dad`, '0');
  if ((await read(`${at}/disable_ipv6`)) !== '0') await writeFile(`${at}/disable_ipv6`, '0');
}

/**
 * Inside a container's namespace: these interfaces speak IPv6, with an address at once (no search for others who have it), and only
 * by what they are told here. Throws the programs' words.
 */
export async function insideIpv6(netns: string, interfaces: string[]): Promise<void> {
  if (interfaces.length === 0) return;
  await inside(netns, INSIDE, interfaces);
}

const INSIDE = `cd /proc/sys/net/ipv6/conf
for of in "$@"; do echo 0 > $of/accept_ra; echo 0 > $of/accept_dad; echo 0 > $of/disable_ipv6; done`;

async function read(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}
