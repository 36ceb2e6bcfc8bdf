// docker_copy, docker_export, docker_changes: a VM's files as streams, running or not.

import { mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { StdioEndpoint } from '#lib/docker-vm/stdio.ts';
import { readAnswer, startCage } from './copy/cage.ts';
import type { Copy } from './copy/copies.ts';
import { openNamespace } from './copy/namespace-of.ts';
import { layersOf } from './copy/overlay.ts';
import { toPathStat } from './copy/path-stat.ts';
import { StreamSession } from './copy/stream-session.ts';
import { tarNames } from './copy/tar-names.ts';
import type { Machine } from './machine.ts';
import { type AgentNode, getMachine } from './node.ts';
import { dockerSettings } from './oci-spec/docker-settings.ts';
import { userInRootfs } from './prepare-spec.ts';
import type { AgentTasks } from './types.ts';

/**
 * Throws TritonError VmNotFound, FileNotFound, PathNotDirectory, PathReadOnly, or CopyFailed with dockerd's text. A path is as the
 * container sees it, and whether it ends with `/` or `/.` counts.
 */
export async function dockerCopy(
  node: AgentNode,
  params: AgentTasks['docker_copy']['params'],
): Promise<AgentTasks['docker_copy']['result']> {
  const machine = getMachine(node, params.uuid);
  const path = absolute(params.path);
  if (params.mode === 'write') {
    // Who is told how it went learns of a wrong path then.
    if (!params.copy_status) await ask(node, machine, ['check', path]);
    return stream(node, machine, params, await writeWords(machine, path, params), true);
  }
  const stat = toPathStat(await ask(node, machine, ['stat', path]));
  if (params.mode === 'stat') return { host: '', containerPathStat: stat };
  const { start, name, prefix } = tarNames(path);
  const words = ['read', start, name, prefix, flag(params.copy_status)];
  return { ...(await stream(node, machine, params, words, true)), containerPathStat: stat };
}

/** The root file system without its mounts. */
export async function dockerExport(
  node: AgentNode,
  params: AgentTasks['docker_export']['params'],
): Promise<AgentTasks['docker_export']['result']> {
  const machine = getMachine(node, params.uuid);
  return stream(node, machine, params, ['export', '1'], true);
}

/** What differs from the image, as lines of JSON. */
export async function dockerChanges(
  node: AgentNode,
  params: AgentTasks['docker_changes']['params'],
): Promise<AgentTasks['docker_changes']['result']> {
  const machine = getMachine(node, params.uuid);
  const { upper, options, directory, lowers } = layersOf(machine.zone.rootfs);
  const mountPoint = join(machine.zonePath, 'mnt');
  await mkdir(mountPoint, { recursive: true });
  return stream(node, machine, params, ['changes', mountPoint, upper, options, directory, ...lowers], false);
}

async function writeWords(
  machine: Machine,
  path: string,
  params: AgentTasks['docker_copy']['params'],
): Promise<string[]> {
  const { user } = dockerSettings(machine.zone.vm, machine.zone.image.config);
  const owner = params.copy_uid_gid && user !== '' ? await userInRootfs(machine, user) : null;
  const ids = owner ? [String(owner.uid), String(owner.gid)] : ['', ''];
  return ['write', path, flag(params.no_overwrite_dir), ...ids, flag(params.copy_status)];
}

function stream(
  node: AgentNode,
  machine: Machine,
  { StdioFraming }: { StdioFraming?: string },
  words: string[],
  inside: boolean,
): Promise<StdioEndpoint> {
  return node.stdio.rawEndpoint(new StreamSession(node, machine, { words, inside }), StdioFraming);
}

async function ask(node: AgentNode, machine: Machine, words: string[]): Promise<Record<string, unknown>> {
  const copy: Copy = { pid: null, kill: () => undefined };
  const namespace = await openNamespace(node, machine, copy);
  try {
    const cage = startCage({ words, namespace: namespace.fd });
    copy.pid = cage.child.pid ?? null;
    copy.kill = () => void cage.child.kill('SIGKILL');
    return await readAnswer(cage);
  } finally {
    namespace.close();
  }
}

/** Without doubled slashes and dots, but for what stands at its end: that a path is a directory is said there. */
export function absolute(path: string): string {
  const clean = posix.join('/', path);
  // 'x/./' is the same as 'x/.'.
  const dot = /(^|\/)\.\/*$/.test(path);
  const base = clean.replace(/\/$/, '');
  if (dot) return `${base}/.`;
  return path.endsWith('/') ? `${base}/` : base === '' ? '/' : base;
}

function flag(value: boolean | undefined): string {
  return value ? '1' : '';
}
