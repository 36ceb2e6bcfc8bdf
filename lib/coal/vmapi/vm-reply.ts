// A stored VM as VMAPI shows it: without the keys that only the compute node needs.
import type { Vm } from '#lib/wire/types.ts';

/** Sent to the agent, never shown by VMAPI (triton-wire §1.7). */
const HIDDEN = ['zlog_max_size', 'restart_init', 'affinity', 'firewall_rules', 'networks', 'remove_volumes'];

/** `fields` picks some; a field without a value is then left out. */
export function toReply(vm: Vm, fields?: string[]): Record<string, unknown> {
  const out: Record<string, unknown> = { ...vm };
  for (const key of HIDDEN) delete out[key];
  if (fields === undefined || fields.includes('*')) return out;
  const picked: Record<string, unknown> = {};
  for (const field of fields) {
    if (out[field] !== undefined && out[field] !== null) picked[field] = out[field];
  }
  return picked;
}
