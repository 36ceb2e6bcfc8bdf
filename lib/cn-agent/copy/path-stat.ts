// What dockerd tells of a path in X-Docker-Container-Path-Stat, from what the kernel says of it.
import type { ContainerPathStat } from '#lib/docker-vm/copy.ts';

/** Type bits of a Unix mode and Go's os.FileMode for each. */
const TYPES: readonly [number, number][] = [
  [0o040000, 2 ** 31],
  [0o120000, 2 ** 27],
  [0o060000, 2 ** 26],
  [0o020000, 2 ** 26 + 2 ** 21],
  [0o010000, 2 ** 25],
  [0o140000, 2 ** 24],
];
const SPECIAL: readonly [number, number][] = [
  [0o4000, 2 ** 23],
  [0o2000, 2 ** 22],
  [0o1000, 2 ** 20],
];

/** Pure. */
export function toPathStat(answer: Record<string, unknown>): ContainerPathStat {
  const { name, size, mode, mtime, linkTarget } = answer as {
    name: string;
    size: number;
    mode: number;
    mtime: [number, number];
    linkTarget: string;
  };
  return { name, size, mode: goFileMode(mode), mtime: goTime(...mtime), linkTarget };
}

/** st_mode as Go's os.FileMode. Pure. */
export function goFileMode(mode: number): number {
  const type = TYPES.find(([unix]) => (mode & 0o170000) === unix)?.[1] ?? 0;
  const special = SPECIAL.filter(([unix]) => mode & unix).map(([, go]) => go);
  return [type, ...special].reduce((sum, bit) => sum + bit, mode & 0o777);
}

/** RFC 3339 with as many digits of the fraction as it needs. Pure. */
export function goTime(seconds: number, nanoseconds: number): string {
  const whole = new Date(seconds * 1000).toISOString().replace(/\.000Z$/, '');
  const fraction = String(nanoseconds).padStart(9, '0').replace(/0+$/, '');
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`;
}
