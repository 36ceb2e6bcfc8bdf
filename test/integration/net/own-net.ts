// A bridge of a test's own, and what is on the machine of it.
import { readdir } from 'node:fs/promises';
import { CLAIMS_DIR, NETNS_DIR } from '#lib/net/names.ts';
import type { VmNic } from '#lib/wire/types.ts';
import { run } from '#test/harness/stack.ts';

const slot = process.pid % 15;
/** 'sdct' is what the check for leaks looks for; n and three digits or letters of our own. */
export const BRIDGE = `sdctn${(process.pid % 36 ** 3).toString(36)}`;
export const SUBNET = `203.0.113.${slot * 16}/28`;
export const GATEWAY = `203.0.113.${slot * 16 + 1}`;

/** A nic with the address `n` after the gateway's. */
export function nicAt(gateway: string, n: number): VmNic {
  const parts = gateway.split('.');
  const last = Number(parts.pop()) + n;
  const mac = `90:b8:d0:00:00:${last.toString(16).padStart(2, '0')}`;
  const ip = [...parts, last].join('.');
  return {
    mac,
    ip,
    netmask: '255.255.255.240',
    gateway,
    nic_tag: 'external',
    network_uuid: 'n',
    primary: n === 1,
  };
}

export interface OnMachine {
  netns: string[];
  links: string[];
  claims: string[];
  table: boolean;
  bridge: boolean;
}

/** Everything that carries the bridge's name. */
export async function onMachine(): Promise<OnMachine> {
  const links = await readdir('/sys/class/net');
  const starts = (prefix: string) => (name: string) => name.startsWith(prefix);
  return {
    netns: (await readdir(NETNS_DIR).catch(() => [])).filter(starts(`${BRIDGE}-`)).sort(),
    links: links.filter(starts(`${BRIDGE}v`)).sort(),
    claims: (await readdir(`${CLAIMS_DIR}/${BRIDGE}`).catch(() => [])).sort(),
    table: (await run('nft', ['list', 'tables'])).stdout.split('\n').includes(`table ip ${BRIDGE}`),
    bridge: links.includes(BRIDGE),
  };
}

/** Runs a program inside a namespace; gives its output, or throws it. */
export async function inside(path: string, ...command: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('nsenter', [`--net=${path}`, ...command], { timeoutMs: 20_000 });
  if (code !== 0) throw new Error(`${command.join(' ')} exited ${code}: ${stdout}${stderr}`);
  return stdout;
}
