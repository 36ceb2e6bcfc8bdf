// A container's health as Docker shows it, from the VM as it is now and what is recorded of its checks. Pure.
import type { HealthRecord, HealthResult } from '#lib/store/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import { startedAt, statusOf } from '#src/vm/state.ts';
import { checkOf } from './check.ts';

/** Docker's State.Health. */
export interface Health {
  Status: HealthRecord['status'];
  FailingStreak: number;
  Log: HealthResult[];
}

/** What the monitor remembers of a container; `log` only where it is asked for. */
export type KnownHealth = Omit<HealthRecord, 'log'> & { log?: HealthResult[] };

/** null for a container without a check, and for one that never ran. */
export function toHealth(vm: Vm, known: KnownHealth | null): Health | null {
  const run = startedAt(vm);
  const status = statusOf(vm);
  if (run === undefined || run === '' || status === 'created' || checkOf(vm) === null) return null;
  const log = known?.log ?? [];
  if (status !== 'running') {
    return { Status: 'unhealthy', FailingStreak: known?.failing_streak ?? 0, Log: log };
  }
  // The monitor hears of a boot by the changefeed, which may be behind the VM as it was just read.
  if (known?.run !== run) return { Status: 'starting', FailingStreak: 0, Log: log };
  return { Status: known.status, FailingStreak: known.failing_streak, Log: log };
}
