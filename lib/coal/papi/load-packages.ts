// Reads the packages file: a list of packages in PAPI's own fields, with `"host"` for the machine's own memory.
import { readFile, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { Package } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';

const MIB = 1024 * 1024;
/** Fields that each package must have, all numbers ≥ 0; 0 means no limit for max_lwps, quota and cpu_cap. */
const LIMITS = ['max_lwps', 'quota', 'cpu_cap', 'zfs_io_priority'] as const;

/** The packages in the file's order. Throws an Error with one clear line that names the file and what is wrong. */
export async function loadPackages(file: string): Promise<Package[]> {
  let text: string;
  let written: Date;
  try {
    [text, { mtime: written }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
  } catch (err) {
    throw new Error(`cannot read the packages file ${file}: ${(err as NodeJS.ErrnoException).code}`);
  }
  const hostMemory = Math.floor(totalmem() / MIB);
  try {
    return parsePackages(text, { hostMemory, written: written.toISOString() });
  } catch (err) {
    throw new Error(`the packages file ${file} is not valid: ${(err as Error).message}`);
  }
}

/** Pure part. `hostMemory` in MiB stands for "host" in max_physical_memory, twice that in max_swap. */
export function parsePackages(text: string, facts: { hostMemory: number; written: string }): Package[] {
  const list = JSON.parse(text) as unknown;
  if (!Array.isArray(list)) throw new Error('it must hold a list');
  const packages = list.map((entry, i) => toPackage(entry, i, facts));
  const twice = packages.find((pkg, i) => packages.findIndex(({ uuid }) => uuid === pkg.uuid) !== i);
  if (twice) throw new Error(`two packages have the uuid ${twice.uuid}`);
  return packages;
}

function toPackage(
  entry: unknown,
  index: number,
  { hostMemory, written }: { hostMemory: number; written: string },
): Package {
  if (typeof entry !== 'object' || entry === null) throw new Error(`entry ${index + 1} is no object`);
  const raw = entry as Record<string, unknown>;
  if (!isUuid(raw.uuid)) throw new Error(`entry ${index + 1} has no valid uuid`);
  if (typeof raw.name !== 'string' || raw.name === '') throw new Error(`package ${raw.uuid} has no name`);
  for (const field of LIMITS) amount(raw, field, 0);
  return {
    ...(raw as unknown as Package),
    version: String(raw.version ?? '1.0.0'),
    active: raw.active !== false,
    max_physical_memory: amount(raw, 'max_physical_memory', 1, hostMemory),
    max_swap: amount(raw, 'max_swap', 1, 2 * hostMemory),
    v: 1,
    created_at: written,
    updated_at: written,
  };
}

function amount(raw: Record<string, unknown>, field: string, least: number, host?: number): number {
  const value = raw[field] === 'host' && host !== undefined ? host : raw[field];
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  const or = host === undefined ? '' : ' or "host"';
  throw new Error(`${field} of package ${raw.name} must be a whole number from ${least} on${or}`);
}
