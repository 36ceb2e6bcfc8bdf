// A container's health check as the monitor wants it: the command to run and its times, with dockerd's defaults.
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { ContainerConfig } from '#src/containers/types.ts';
import { configOf } from '#src/vm/metadata.ts';

const SECOND = 1e9;
const DEFAULTS = { interval: 30 * SECOND, timeout: 30 * SECOND, startInterval: 5 * SECOND, retries: 3 };
const DEFAULT_SHELL = ['/bin/sh', '-c'];

/** Times in ms, except the timeout. */
export interface HealthCheck {
  cmd: string[];
  interval: number;
  /** ns, as it was asked for: the message of a probe that took too long says it. */
  timeoutNs: number;
  /** A probe that fails this soon after the start does not count, until one has succeeded. */
  startPeriod: number;
  /** Between probes during the start period. */
  startInterval: number;
  /** So many failures in a row make it unhealthy. */
  retries: number;
}

/** null when it has none: nothing configured, NONE, or a kind of test that dockerd does not know either. Pure. */
export function checkOf(vm: Vm): HealthCheck | null {
  // Most containers have none, and this is asked at each change of any.
  const stored = vm.internal_metadata[MD.config];
  if (typeof stored !== 'string' || !stored.includes('"Healthcheck"')) return null;
  const config = configOf(vm);
  const cmd = commandOf(config);
  if (cmd === null) return null;
  const { Interval, Timeout, StartPeriod, StartInterval, Retries = 0 } = config.Healthcheck ?? {};
  return {
    cmd,
    interval: toMs(Interval || DEFAULTS.interval),
    timeoutNs: Timeout || DEFAULTS.timeout,
    startPeriod: toMs(StartPeriod ?? 0),
    startInterval: toMs(StartInterval || DEFAULTS.startInterval),
    retries: Retries > 0 ? Retries : DEFAULTS.retries,
  };
}

function commandOf({ Healthcheck, Shell }: Pick<ContainerConfig, 'Healthcheck' | 'Shell'>): string[] | null {
  const [kind, ...words] = Healthcheck?.Test ?? [];
  switch (kind) {
    case 'CMD':
      return words.length > 0 ? words : null;
    case 'CMD-SHELL':
      return [...(Shell?.length ? Shell : DEFAULT_SHELL), ...words];
    default:
      return null;
  }
}

function toMs(ns: number): number {
  return ns / 1e6;
}
