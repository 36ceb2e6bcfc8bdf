// The kernel's switches of a bridge of ours that published ports and the firewall need.
import { execFile } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type Logger from 'bunyan';

const ALL_BRIDGES = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/**
 * Idempotent. Loopback addresses of the machine may be routed to the bridge, so that 127.0.0.1:port can lead to a container (what comes
 * from the bridge to one is refused: ports/ruleset.ts); and packets between neighbours on the bridge pass the rules. Never fails:
 * the log says what this kernel cannot do.
 */
export async function setBridgeSwitches(bridge: string, log: Logger, ipv6 = false): Promise<void> {
  // A container must not tell the machine its ways, also where nobody speaks IPv6. No IPv6, no such file.
  await writeFile(`/proc/sys/net/ipv6/conf/${bridge}/accept_ra`, '0').catch(() => undefined);
  await turnOn(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`).catch((err: Error) =>
    log.warn({ err, bridge }, 'published ports do not answer on 127.0.0.1 without our help'),
  );
  try {
    await loadBridgeFilter();
    await turnOn(`/sys/class/net/${bridge}/bridge/nf_call_iptables`);
    if (ipv6) await turnOn(`/sys/class/net/${bridge}/bridge/nf_call_ip6tables`);
  } catch (err) {
    log.warn({ err, bridge }, 'this kernel cannot filter between neighbours of a bridge (br_netfilter)');
  }
}

async function turnOn(file: string): Promise<void> {
  if ((await readFile(file, 'utf8')).trim() !== '1') await writeFile(file, '1');
}

/** Loading it switches it on for every bridge of the machine; it was off before, and stays so for those that are not ours. */
async function loadBridgeFilter(): Promise<void> {
  const loaded = await access(ALL_BRIDGES).then(
    () => true,
    () => false,
  );
  if (loaded) return;
  await promisify(execFile)('modprobe', ['br_netfilter']);
  for (const family of ['iptables', 'ip6tables', 'arptables'])
    await writeFile(ALL_BRIDGES.replace('iptables', family), '0');
}
