// The mount of a snapshot, as containerd gives it, in the words of mount(2), which takes a page of options and no more.
import { posix } from 'node:path';
import type { Mount } from '#lib/containerd/types.ts';

/** What mount(2) is asked for; `directory` is where relative paths in `options` begin. */
export interface RootMount {
  type: string;
  source: string;
  options: string;
  directory: string;
}

/** The layers of a snapshot, each a directory on the host: the writable one, and the image's with the topmost first. */
export interface Layers {
  upper: string;
  /** overlay options over `lowers` alone. */
  options: string;
  directory: string;
  lowers: string[];
}

/** Pure. Throws Error for a snapshot of another form than the overlayfs snapshotter's. */
export function rootMount(mounts: Mount[]): RootMount {
  const mount = only(mounts);
  const { type, source, options } = mount;
  if (type === 'bind') return { type, source, options: '', directory: '/' };
  const { directory, lowers } = shorten(lowersOf(mount));
  const others = options.filter((option) => !option.startsWith('lowerdir='));
  return { type, source, options: [...others, `lowerdir=${lowers.join(':')}`].join(','), directory };
}

/** Pure. */
export function layersOf(mounts: Mount[]): Layers {
  const mount = only(mounts);
  if (mount.type === 'bind') return { upper: mount.source, options: '', directory: '/', lowers: [] };
  const upper = optionOf(mount, 'upperdir');
  if (upper === undefined) throw new Error('a snapshot without an upperdir cannot have changes');
  const { directory, lowers } = shorten(lowersOf(mount));
  return { upper, options: `lowerdir=${lowers.join(':')}`, directory, lowers };
}

/** Paths below their common directory: with a hundred layers whole paths would not fit. */
function shorten(lowers: string[]): { directory: string; lowers: string[] } {
  let directory = posix.dirname(lowers[0] ?? '/x');
  while (directory !== '/' && !lowers.every((path) => path.startsWith(`${directory}/`)))
    directory = posix.dirname(directory);
  if (directory === '/') return { directory, lowers };
  return { directory, lowers: lowers.map((path) => path.slice(directory.length + 1)) };
}

function lowersOf(mount: Mount): string[] {
  const text = optionOf(mount, 'lowerdir');
  if (mount.type !== 'overlay' || text === undefined)
    throw new Error(`a snapshot of type ${mount.type} is not supported`);
  return text.split(':');
}

function optionOf({ options }: Mount, key: string): string | undefined {
  return options.find((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
}

function only(mounts: Mount[]): Mount {
  const [mount] = mounts;
  if (!mount || mounts.length !== 1)
    throw new Error(`a snapshot of ${mounts.length} mounts is not supported`);
  return mount;
}
