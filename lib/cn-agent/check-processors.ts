// The check of limits that name processors and memory nodes: dockerd refuses those that its machine does not have, and so do we, on the node.
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { TritonError } from '#lib/wire/errors.ts';
import type { HostConfig } from './oci-spec/docker-settings.ts';

/** What a machine has. */
export interface Processors {
  count: number;
  /** '0-3' */
  cpus: string;
  /** '0' */
  mems: string;
}

/** Throws TritonError LimitNotAvailable. What `before` said already is not asked again. */
export async function checkProcessors(host: HostConfig, before: HostConfig = {}): Promise<void> {
  const keys = ['NanoCpus', 'CpusetCpus', 'CpusetMems'] as const;
  if (keys.every((key) => !host[key] || host[key] === before[key])) return;
  const refusal = refusalOf(host, await processorsHere());
  if (refusal !== null) throw new TritonError('LimitNotAvailable', 400, refusal);
}

/** Pure: dockerd's text, or null. */
export function refusalOf(host: HostConfig, has: Processors): string | null {
  if ((host.NanoCpus ?? 0) > has.count * 1e9) {
    return `Range of CPUs is from 0.01 to ${has.count}.00, as there are only ${has.count} CPUs available`;
  }
  const { CpusetCpus: cpus = '', CpusetMems: mems = '' } = host;
  if (!covers(has.cpus, cpus)) {
    return `Requested CPUs are not available - requested ${cpus}, available: ${has.cpus}`;
  }
  if (!covers(has.mems, mems)) {
    return `Requested memory nodes are not available - requested ${mems}, available: ${has.mems}`;
  }
  return null;
}

async function processorsHere(): Promise<Processors> {
  const online = (what: string) => readFile(`/sys/devices/system/${what}/online`, 'utf8').catch(() => '0');
  const [cpus, mems] = await Promise.all([online('cpu'), online('node')]);
  return { count: os.cpus().length, cpus: cpus.trim(), mems: mems.trim() };
}

/** Ranges, never lists of numbers: '0-4000000000' is a text that a client may send. */
function covers(available: string, wanted: string): boolean {
  const has = ranges(available);
  return ranges(wanted).every(([from, to]) => has.some(([low, high]) => low <= from && to <= high));
}

function ranges(list: string): [number, number][] {
  const parts = list.split(',').filter((part) => part !== '');
  return parts.map((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return [from!, to!];
  });
}
