// Reads /proc/stat and /proc/<pid>/net/dev for the statistics.
import { digits, objectText } from './json-text.ts';
import type { SystemCpu } from './types.ts';

/** user, nice, system, idle, iowait, irq, softirq: what dockerd sums up. */
const CPU_FIELDS = 7;

/** CPU time of the whole machine and its processors, from the text of /proc/stat. Pure. */
export function systemCpu(text: string): SystemCpu {
  let ticks = 0n;
  let online = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith('cpu')) break;
    const [name, ...fields] = line.trim().split(/\s+/);
    if (name === 'cpu') for (const field of fields.slice(0, CPU_FIELDS)) ticks += BigInt(digits(field));
    else online += 1;
  }
  return { usage: String(ticks * 10_000_000n), online };
}

/**
 * Docker's `networks` from the text of a net/dev: the container's own nics, eth0 … and those called `ifnames`. null when there are none.
 * What a container adds by itself, or the kernel puts into every namespace (tunl0, sit0), is not shown, as dockerd does. Pure.
 */
export function networks(text: string, ifnames: string[] = []): string | null {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, rest] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) continue;
    if (!/^eth\d+$/.test(name) && !ifnames.includes(name)) continue;
    const fields = rest.split(/\s+/).map(digits);
    found[name] = objectText({
      rx_bytes: fields[0]!,
      rx_packets: fields[1] ?? '0',
      rx_errors: fields[2] ?? '0',
      rx_dropped: fields[3] ?? '0',
      tx_bytes: fields[8] ?? '0',
      tx_packets: fields[9] ?? '0',
      tx_errors: fields[10] ?? '0',
      tx_dropped: fields[11] ?? '0',
    });
  }
  return Object.keys(found).length > 0 ? objectText(found) : null;
}
