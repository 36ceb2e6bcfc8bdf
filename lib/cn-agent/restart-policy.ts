// When a container that has exited starts again, and after how long: dockerd's rules (moby daemon/internal/restartmanager).

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 60_000;
/** A run at least this long counts as healthy: the back-off begins anew. */
const HEALTHY_RUN_MS = 10_000;

export interface RestartPolicy {
  name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  /** on-failure: at most so many automatic restarts; 0 = no limit. */
  maxRetries: number;
}

/** Value of docker:restartpolicy; absent or unknown words mean 'no'. */
export function parseRestartPolicy(text: unknown): RestartPolicy {
  if (text === 'always' || text === 'unless-stopped') return { name: text, maxRetries: 0 };
  const onFailure = /^on-failure(?::(\d+))?$/.exec(String(text ?? ''));
  if (onFailure) return { name: 'on-failure', maxRetries: Number(onFailure[1] ?? 0) };
  return { name: 'no', maxRetries: 0 };
}

export interface ExitFacts {
  exitStatus: number;
  /** How long the run lasted. */
  ranMs: number;
  /** A stop or kill came since the last manual start. */
  manuallyStopped: boolean;
  /** Automatic restarts since the last manual start. */
  restartCount: number;
  /** Back-off before the last automatic restart, 0 = none yet. */
  restartDelay: number;
}

/** Whether to start again, and the back-off in ms (also kept when there is no restart, as dockerd does). */
export function decideRestart(policy: RestartPolicy, exit: ExitFacts): { restart: boolean; delayMs: number } {
  const before = exit.ranMs >= HEALTHY_RUN_MS ? 0 : exit.restartDelay;
  const delayMs = before === 0 ? FIRST_DELAY_MS : Math.min(before * 2, MAX_DELAY_MS);
  return { restart: wantsRestart(policy, exit), delayMs };
}

/** The policy alone, as dockerd asks it also when the daemon comes up. */
export function wantsRestart(
  policy: RestartPolicy,
  exit: Pick<ExitFacts, 'exitStatus' | 'manuallyStopped' | 'restartCount'>,
): boolean {
  switch (policy.name) {
    case 'always':
      return true;
    case 'unless-stopped':
      return !exit.manuallyStopped;
    case 'on-failure':
      return exit.exitStatus !== 0 && (policy.maxRetries === 0 || exit.restartCount < policy.maxRetries);
    case 'no':
      return false;
  }
}
