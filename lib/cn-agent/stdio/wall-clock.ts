// Wall-clock time with better than millisecond resolution, for the stamps of container output.

/** A point in time; two numbers because nanoseconds since 1970 do not fit a double. */
export interface Stamp {
  sec: number;
  nsec: number;
}

/** How far the monotonic reading may drift from the wall clock before it is anchored anew (ns). */
const MAX_DRIFT = 2_000_000;

/** Date.now() has only milliseconds: the fraction comes from the monotonic clock, re-anchored when the wall clock is set. */
export class WallClock {
  #anchorMs = Date.now();
  #anchorHr = process.hrtime();

  now(): Stamp {
    const [s, n] = process.hrtime(this.#anchorHr);
    const wall = Date.now();
    const passedNs = s * 1e9 + n;
    if (Math.abs((wall - this.#anchorMs) * 1e6 - passedNs) > MAX_DRIFT || s > 3600) {
      this.#anchorMs = wall;
      this.#anchorHr = process.hrtime();
      return { sec: Math.floor(wall / 1000), nsec: (wall % 1000) * 1e6 };
    }
    const nsec = (this.#anchorMs % 1000) * 1e6 + passedNs;
    return { sec: Math.floor(this.#anchorMs / 1000) + Math.floor(nsec / 1e9), nsec: nsec % 1e9 };
  }
}

/** RFC 3339 with any number of fraction digits → Stamp; null for '' and undefined. Throws RangeError on other text. */
export function parseStamp(text: string | undefined): Stamp | null {
  if (!text) return null;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const ms = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  if (!match || Number.isNaN(ms)) throw new RangeError(`not an RFC 3339 time: ${text.slice(0, 64)}`);
  return { sec: Math.floor(ms / 1000), nsec: Number((match[2] ?? '').padEnd(9, '0')) };
}

/** Negative, 0 or positive, as for Array.sort. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.sec - b.sec || a.nsec - b.nsec;
}

/** dockerd's fixed-width form: 2026-11-24T04:02:12.123456789Z */
export function formatStamp({ sec, nsec }: Stamp): string {
  return `${new Date(sec * 1000).toISOString().slice(0, 19)}.${String(nsec).padStart(9, '0')}Z`;
}
