// since and until of GET /events, with dockerd's errors.
import { invalid } from '#src/errors.ts';

/** Nanoseconds since 1970; null = not given. */
export interface EventWindow {
  since: bigint | null;
  until: bigint | null;
}

const GIGA = 1_000_000_000n;
const INT64_MAX = 2n ** 63n - 1n;
/** dockerd cuts what is beyond nanoseconds, but only so much of it. */
const MAX_FRACTION = 20;

/** Clients send seconds[.nanoseconds]: dates and durations are theirs to resolve. Throws DockerError invalid. */
export function parseWindow(query: Record<string, string>): EventWindow {
  const since = parseTimestamp(query.since, 'since');
  const until = parseTimestamp(query.until, 'until');
  if (since !== null && until !== null && until < since) {
    throw invalid(`\`since\` time (${query.since}) cannot be after \`until\` time (${query.until})`);
  }
  return { since: since === null ? null : clamp(since), until: until === null ? null : clamp(until) };
}

function parseTimestamp(value: string | undefined, name: string): bigint | null {
  if (value === undefined || value === '') return null;
  const refuse = (why: string): Error =>
    invalid(`invalid value for '${name}': invalid timestamp ${JSON.stringify(value)}: ${why}`);
  const dot = value.indexOf('.');
  const seconds = dot < 0 ? value : value.slice(0, dot);
  const fraction = dot < 0 ? '' : value.slice(dot + 1);
  const badSeconds = (why: string): Error => refuse(`invalid seconds ${JSON.stringify(seconds)}: ${why}`);
  if (!/^[+-]?\d+$/.test(seconds)) throw badSeconds('invalid syntax');
  const whole = BigInt(seconds.replace('+', ''));
  if (whole > INT64_MAX || whole < -INT64_MAX - 1n) throw badSeconds('value out of range');
  if (fraction.length > MAX_FRACTION) {
    throw refuse(`invalid nanoseconds: length ${fraction.length} exceeds maximum ${MAX_FRACTION}`);
  }
  const at = fraction.search(/[^0-9]/);
  if (at >= 0) throw refuse(`invalid nanoseconds: invalid character '${fraction[at]}' at position ${at}`);
  return whole * GIGA + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

/** The store's numbers are signed 64-bit ones, and no event is older than 1970. */
function clamp(time: bigint): bigint {
  if (time < 0n) return 0n;
  return time > INT64_MAX ? INT64_MAX : time;
}
