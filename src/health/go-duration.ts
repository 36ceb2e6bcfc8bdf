// A duration as Go prints it: what dockerd's health messages show.

const UNITS: readonly [string, number][] = [
  ['µs', 1e3],
  ['ms', 1e6],
];

/** "1m30s", "1.5s", "200ms"; `ns` in nanoseconds, not negative. Pure. */
export function goDuration(ns: number): string {
  if (ns === 0) return '0s';
  if (ns < 1e3) return `${ns}ns`;
  for (const [unit, size] of UNITS) if (ns < size * 1e3) return `${ns / size}${unit}`;
  const hours = Math.floor(ns / 3600e9);
  const minutes = Math.floor((ns % 3600e9) / 60e9);
  const seconds = `${(ns % 60e9) / 1e9}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
