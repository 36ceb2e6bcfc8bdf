// docker_sizes: how much each VM has written into its root file system.
import { spawn } from 'node:child_process';
import { dirname, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { TritonError } from '#lib/wire/errors.ts';
import type { AgentNode } from './node.ts';
import { layerDirs } from './oci-spec/rootfs-file.ts';
import { SizeSums } from './size-sums.ts';
import type { AgentTasks } from './types.ts';

/** Directories that one find walks. */
const AT_ONCE = 200;
const TIMEOUT_MS = 120_000;

/**
 * Bytes by uuid, counted as dockerd does: what files say they hold, each inode once, no directories. find walks the writable layers: it
 * follows no link, also none that a container swaps in meanwhile. VMs that are not here are left out.
 */
export async function dockerSizes(
  node: AgentNode,
  { uuids }: AgentTasks['docker_sizes']['params'],
): Promise<AgentTasks['docker_sizes']['result']> {
  const layers = new Map<string, string>();
  for (const uuid of new Set(uuids)) {
    const top = layerDirs(node.machines.get(uuid)?.zone.rootfs ?? [])[0];
    if (top !== undefined) layers.set(top, uuid);
  }
  const sizes: Record<string, number> = {};
  const all = [...layers.keys()];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const sums = await walk(all.slice(at, at + AT_ONCE));
    for (const [layer, bytes] of sums) sizes[layers.get(layer)!] = bytes;
  }
  return { sizes };
}

/** Bytes by directory. Short names keep the output short: all layers lie beside each other. */
async function walk(dirs: string[]): Promise<Map<string, number>> {
  const base = dirname(dirname(dirs[0]!));
  const names = new Map(dirs.map((dir) => [`./${relative(base, dir)}`, dir]));
  const args = [
    '-P',
    ...names.keys(),
    '-xdev',
    '!',
    '-type',
    'd',
    '-size',
    '+0',
    '-printf',
    '%H %s %n %i\\n',
  ];
  const sums = new SizeSums();
  await find(base, args, (output) => sums.take(output));
  return new Map([...names].map(([name, dir]) => [dir, sums.of(name)]));
}

/** Exit codes say nothing: a file that vanishes during the walk makes one. */
async function find(cwd: string, args: string[], onText: (text: string) => void): Promise<void> {
  const child = spawn('find', args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], timeout: TIMEOUT_MS });
  const output: Readable = child.stdout;
  output.setEncoding('latin1');
  output.on('data', onText);
  const { promise, resolve, reject } = Promise.withResolvers<NodeJS.Signals | null>();
  child.once('error', reject);
  child.once('close', (_code, signal) => resolve(signal));
  if ((await promise) !== null)
    throw new TritonError('InternalError', 500, 'the sizes of the VMs could not be found out in time');
}
