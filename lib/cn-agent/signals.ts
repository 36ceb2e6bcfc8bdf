// Signal names and numbers as Docker accepts them (moby/sys/signal), for this machine's Linux.
import { constants } from 'node:os';
import { TritonError } from '#lib/wire/errors.ts';

/** glibc keeps 32 and 33 for itself, so the first real-time signal that a program can use is 34. */
const RTMIN = 34;
const RTMAX = 64;

/** 'SIGTERM', 'term', '15', 15, 'RTMIN+3', 'SIGRTMAX-1' → number. Throws TritonError ValidationFailed (409, field signal). */
export function parseSignal(signal: string | number): number {
  const number = typeof signal === 'number' ? signal : fromText(signal.trim());
  if (!Number.isInteger(number) || number < 1 || number > RTMAX) {
    throw new TritonError('ValidationFailed', 409, 'Invalid VM parameters', [
      { field: 'signal', code: 'Invalid', message: `Invalid signal: ${String(signal)}` },
    ]);
  }
  return number;
}

function fromText(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime) return realTimeNumber(realTime[1]!, realTime[2], Number(realTime[3] ?? 0));
  return (constants.signals as Record<string, number>)[`SIG${name}`] ?? Number.NaN;
}

function realTimeNumber(base: string, sign: string | undefined, offset: number): number {
  if (base === 'MIN' && sign !== '-' && offset <= 15) return RTMIN + offset;
  if (base === 'MAX' && sign !== '+' && offset <= 14) return RTMAX - offset;
  return Number.NaN;
}

export const SIGKILL = constants.signals.SIGKILL;
export const SIGTERM = constants.signals.SIGTERM;
