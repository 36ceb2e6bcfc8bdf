// Prints the bench rows: medians, the ratio, and whether the bar is kept.
import type { Row } from './scenarios.ts';

/** The middle value; the mean of the two middle ones when even. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const mid = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[mid]! : (sorted[mid - 1]! + sorted[mid]!) / 2;
}

/** A Markdown table; `bar` is the largest allowed ratio ours/theirs, null when the row has none. */
export function table(rows: Row[]): string {
  const lines = ['| what | sdc-docker | dockerd | ratio | bar | |', '|---|---|---|---|---|---|'];
  for (const row of rows) {
    const [a, b] = [median(row.ours), median(row.theirs)];
    const ratio = a / b;
    const verdict = row.bar === null ? '' : ratio <= row.bar ? 'kept' : 'MISSED';
    const bar = row.bar === null ? '' : `≤ ${row.bar}`;
    lines.push(
      `| ${row.name} | ${show(a, row.unit)} | ${show(b, row.unit)} | ${ratio.toFixed(2)} | ${bar} | ${verdict} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function show(value: number, unit: 'ms' | 'MiB'): string {
  if (unit === 'MiB') return `${value.toFixed(0)} MiB`;
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(0)} ms`;
}
