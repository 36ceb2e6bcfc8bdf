// Docker's old links: one container knows another by an alias, in its /etc/hosts and its environment.
import type { Scalar, Vm } from '#lib/wire/types.ts';
import { MD } from './metadata.ts';

/** One link of the VM that holds it. */
export interface LinkRecord {
  /** The linked VM: its name may change. */
  uuid: string;
  alias: string;
}

/** A line of /etc/hosts. */
export interface LinkHost {
  ip: string;
  /** Apart by blanks. */
  names: string;
}

/** [] for none and for a broken record. Pure. */
export function linksOf({ internal_metadata }: Pick<Vm, 'internal_metadata'>): LinkRecord[] {
  return parseList(internal_metadata[MD.links]) as LinkRecord[];
}

/** Pure. */
export function linkHostsOf(metadata: Record<string, Scalar>): LinkHost[] {
  const text = metadata[MD.linkHosts];
  if (typeof text !== 'string') return [];
  return text
    .split('\n')
    .map((line) => line.split('\t'))
    .flatMap(([ip, ...names]) => (ip && names.length > 0 ? [{ ip, names: names.join(' ') }] : []));
}

/** Pure. */
export function linkEnvOf(metadata: Record<string, Scalar>): string[] {
  return parseList(metadata[MD.linkEnv]).map(String);
}

function parseList(json: unknown): unknown[] {
  if (typeof json !== 'string') return [];
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
