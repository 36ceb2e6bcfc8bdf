// Lets the packets between neighbours on one bridge pass the same rules as those that come from outside.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type Logger from 'bunyan';
import { routeTo } from '../route-to.ts';

const ALL_BRIDGES = '/proc/sys/net/bridge/bridge-nf-call-iptables';

export class Neighbours {
  readonly #log: Logger;
  readonly #refused = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Idempotent, for the bridge that leads to `ip`. Where the kernel cannot do it, neighbours are not filtered: the log says so once. */
  filter(ip: string): void {
    const bridge = routeTo(ip, readFileSync('/proc/net/route', 'utf8'));
    if (bridge === null) return;
    const file = `/sys/class/net/${bridge}/bridge/nf_call_iptables`;
    try {
      if (!existsSync(ALL_BRIDGES)) loadModule();
      if (readFileSync(file, 'utf8').trim() !== '1') writeFileSync(file, '1');
    } catch (err) {
      if (this.#refused.has(bridge)) return;
      this.#refused.add(bridge);
      this.#log.warn(
        { err, bridge },
        'this kernel cannot filter between neighbours of a bridge (br_netfilter)',
      );
    }
  }
}

/** Loading it switches it on for every bridge of the machine; it was off before, and stays so for those that are not ours. */
function loadModule(): void {
  execFileSync('modprobe', ['br_netfilter'], { stdio: 'ignore' });
  for (const family of ['iptables', 'ip6tables', 'arptables'])
    writeFileSync(ALL_BRIDGES.replace('iptables', family), '0');
}
