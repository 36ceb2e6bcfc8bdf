// How Go prints lists and durations in the comments of a build's steps.

import type { HealthConfig } from '#src/containers/types.ts';
import { goDuration } from '#src/health/go-duration.ts';

/** %q of a list: ["a" "b"]. Pure. */
export function quotedList(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(' ')}]`;
}

/** %q of a HealthConfig. Pure. */
export function quotedHealth(health: HealthConfig): string {
  const durations = [health.Interval, health.Timeout, health.StartPeriod, health.StartInterval].map(
    (ns) => `"${goDuration(ns ?? 0)}"`,
  );
  const retries = `'\\x${(health.Retries ?? 0).toString(16).padStart(2, '0')}'`;
  return `&{${quotedList(health.Test ?? [])} ${durations.join(' ')} ${retries}}`;
}

const UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** "1m30s" in nanoseconds; null when it is none. Pure. */
export function parseGoDuration(text: string): number | null {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return null;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(number) * UNIT[unit!]!;
  return Math.round(sum);
}
