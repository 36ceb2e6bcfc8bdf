// Mount options of --tmpfs and of mounts of type tmpfs, with Docker's defaults and without contradictions.
import { TritonError } from '#lib/wire/errors.ts';
import type { HostConfigMount } from './docker-settings.ts';

const DEFAULTS = ['noexec', 'nosuid', 'nodev', 'rprivate'];
/** Options that say something of the same flag: only the last of a group counts. */
const GROUPS = [
  ['ro', 'rw'],
  ['suid', 'nosuid'],
  ['dev', 'nodev'],
  ['exec', 'noexec'],
  ['sync', 'async'],
  ['dirsync'],
  ['remount'],
  ['mand', 'nomand'],
  ['atime', 'noatime'],
  ['diratime', 'nodiratime'],
  ['relatime', 'norelatime'],
  ['strictatime', 'nostrictatime'],
  'bind rbind unbindable runbindable private rprivate shared rshared slave rslave'.split(' '),
];
const KEYED = ['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol'];

/** Text after the path of --tmpfs ("rw,size=64m") → mount options. Throws TritonError for an option Docker does not know. */
export function tmpfsOptions(text: string): string[] {
  const given = [...DEFAULTS, ...(text === '' ? [] : text.split(','))].filter((o) => o !== 'defaults');
  const last = new Map<string, number>();
  const topics = given.map((option) => topicOf(option));
  for (const [at, topic] of topics.entries()) last.set(topic, at);
  return given.filter((_option, at) => last.get(topics[at]!) === at);
}

/** What a mount of type tmpfs would have been as a --tmpfs text. */
export function tmpfsText(mount: HostConfigMount): string {
  const { SizeBytes: size = 0, Mode: mode = 0, Options: more } = mount.TmpfsOptions ?? {};
  return [
    ...(mount.ReadOnly ? ['ro'] : []),
    ...(mode === 0 ? [] : [`mode=${mode.toString(8)}`]),
    ...(size === 0 ? [] : [`size=${size}`]),
    ...(more ?? []).map((pair) => pair.join('=')),
  ].join(',');
}

function topicOf(option: string): string {
  const group = GROUPS.find((words) => words.includes(option));
  if (group) return group[0]!;
  const key = option.split('=', 1)[0]!;
  if (!option.includes('=') || !KEYED.includes(key))
    throw new TritonError('VmStartFailed', 400, `invalid tmpfs option "${key}"`);
  return `${key}=`;
}
