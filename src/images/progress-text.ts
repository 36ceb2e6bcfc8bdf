// The `progress` text of a pull's lines: "[====>      ]  1.2MB/3.4MB", as Docker's jsonmessage draws it for a wide terminal.

const WIDTH = 50;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];

/** '' when nothing is known. `total` 0 = unknown. Pure. */
export function progressText(current: number, total: number): string {
  if (current <= 0 && total <= 0) return '';
  const done = humanSize(current).padStart(8);
  if (total <= 0) return done;
  const filled = Math.min(Math.trunc(Math.trunc((current / total) * 100) / 2), WIDTH);
  const bar = `[${'='.repeat(filled)}>${' '.repeat(WIDTH - filled)}] `;
  return bar + (current > total ? done : `${done}/${humanSize(total)}`);
}

/** Decimal units with at most four digits: 1234567 → '1.235MB'. Pure. */
export function humanSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${Number(size.toPrecision(4))}${UNITS[unit]}`;
}
