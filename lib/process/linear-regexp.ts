// Regular expressions that others wrote, run in time linear in the text, as Go's (and so dockerd's) are.
import { setFlagsFromString } from 'node:v8';

// V8's second engine: no backtracking, and no look-arounds or back references, which Go has not either. The flag only lets
// `l` be said; expressions without it are compiled as ever.
setFlagsFromString('--enable-experimental-regexp-engine');

/** Longer than anybody types. */
const MAX_SOURCE = 256;

/** The expression, or null for one that is not valid, or that cannot be run in linear time. */
export function linearRegExp(source: string): RegExp | null {
  if (source.length > MAX_SOURCE) return null;
  try {
    return new RegExp(source, 'l');
  } catch {
    return null;
  }
}
