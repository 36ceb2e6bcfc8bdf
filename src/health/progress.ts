// How the health of a container goes from one state to the next, by dockerd's rules (moby daemon/health.go). Pure.
//
//   (boot) ──► starting ──success──► healthy ◄──success──┐
//                 │                     │ `retries`      │         stopped or paused: unhealthy, until it
//                 └──`retries` failures─┴──failures──► unhealthy    boots (starting) or a probe succeeds
import type { HealthRecord, HealthResult } from '#lib/store/types.ts';
import type { HealthCheck } from './check.ts';

/** dockerd keeps so many results. */
const LOG_KEPT = 5;

/** A run begins: what former runs left in the log stays. */
export function begun(vmUuid: string, run: string, before: HealthRecord | null): HealthRecord {
  return { vm_uuid: vmUuid, run, status: 'starting', failing_streak: 0, log: before?.log ?? [] };
}

/** No probes while it does not run: dockerd calls that unhealthy, without an event. */
export function suspended(record: HealthRecord): HealthRecord {
  return { ...record, status: 'unhealthy' };
}

export function probed(record: HealthRecord, result: HealthResult, check: HealthCheck): HealthRecord {
  const log = [...record.log, result].slice(-LOG_KEPT);
  if (result.ExitCode === 0) return { ...record, log, status: 'healthy', failing_streak: 0 };
  if (record.status === 'starting' && isEarly(record, result, check)) return { ...record, log };
  const failing_streak = record.failing_streak + 1;
  const status = failing_streak >= check.retries ? 'unhealthy' : record.status;
  return { ...record, log, status, failing_streak };
}

/** ms from `now` to the next probe when the last one, or the boot, was at `since`. */
export function delayToNext(
  record: Pick<HealthRecord, 'run' | 'status'>,
  check: HealthCheck,
  { since, now }: { since: number; now: number },
): number {
  const starting = record.status === 'starting' && now - Date.parse(record.run) < check.startPeriod;
  return Math.max(0, since + (starting ? check.startInterval : check.interval) - now);
}

function isEarly(record: HealthRecord, result: HealthResult, check: HealthCheck): boolean {
  return Date.parse(result.Start) - Date.parse(record.run) < check.startPeriod;
}
