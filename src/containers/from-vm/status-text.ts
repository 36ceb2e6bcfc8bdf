// The STATUS column of `docker ps`, as dockerd words it.
import type { Vm } from '#lib/wire/types.ts';
import type { Health } from '#src/health/view.ts';
import { exitCodeOf, startedAt, statusOf } from '#src/vm/state.ts';

/** "Up 3 seconds", "Exited (0) 2 minutes ago", ... `now` in ms since the epoch. Pure. */
export function statusText(vm: Vm, now: number, health: Pick<Health, 'Status'> | null = null): string {
  switch (statusOf(vm)) {
    case 'running':
      return `Up ${since(startedAt(vm), now)}${healthText(health)}`;
    case 'paused':
      return `Up ${since(startedAt(vm), now)} (Paused)`;
    case 'restarting':
      return `Restarting (${exitCodeOf(vm)}) ${since(vm.exit_timestamp, now)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'created':
      return 'Created';
    case 'exited':
      if (vm.exit_timestamp === undefined) return '';
      return `Exited (${exitCodeOf(vm)}) ${since(vm.exit_timestamp, now)} ago`;
  }
}

function healthText(health: Pick<Health, 'Status'> | null): string {
  if (health === null) return '';
  return health.Status === 'starting' ? ' (health: starting)' : ` (${health.Status})`;
}

/** go-units' HumanDuration of a span in milliseconds. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  const minutes = Math.trunc(ms / 60_000);
  const hours = Math.trunc(ms / 3_600_000 + 0.5);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(ms / 3_600_000 / 24 / 365)} years`;
}

function since(iso: string | undefined, now: number): string {
  const then = Date.parse(iso ?? '');
  return humanDuration(Number.isNaN(then) ? 0 : now - then);
}
