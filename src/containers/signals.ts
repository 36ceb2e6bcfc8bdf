// Linux signal names and numbers as Docker's API takes them.
import { type DockerError, invalid } from '#src/errors.ts';

/** Name without SIG → number on Linux x86-64 and arm64, with the real-time ones that dockerd knows. */
export const SIGNALS: Readonly<Record<string, number>> = {
  ABRT: 6,
  ALRM: 14,
  BUS: 7,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  FPE: 8,
  HUP: 1,
  ILL: 4,
  INT: 2,
  IO: 29,
  IOT: 6,
  KILL: 9,
  PIPE: 13,
  POLL: 29,
  PROF: 27,
  PWR: 30,
  QUIT: 3,
  SEGV: 11,
  STKFLT: 16,
  STOP: 19,
  SYS: 31,
  TERM: 15,
  TRAP: 5,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  USR1: 10,
  USR2: 12,
  VTALRM: 26,
  WINCH: 28,
  XCPU: 24,
  XFSZ: 25,
  ...realTime(),
};

/**
 * "TERM", "SIGTERM", "sigterm" or "15" → 15. Throws DockerError invalid 'invalid signal: X' (dockerd's text). A number that is
 * no Linux signal passes here, as in dockerd: isLinuxSignal tells.
 */
export function parseSignal(text: string): number {
  if (/^[+-]?\d+$/.test(text)) {
    const number = Number(text);
    if (number === 0) throw badSignal(text);
    return number;
  }
  const number = SIGNALS[text.toUpperCase().replace(/^SIG/, '')];
  if (number === undefined) throw badSignal(text);
  return number;
}

/** True for the numbers that dockerd sends to a Linux process. */
export function isLinuxSignal(number: number): boolean {
  return Object.values(SIGNALS).includes(number);
}

function badSignal(text: string): DockerError {
  return invalid(`invalid signal: ${text}`);
}

function realTime(): Record<string, number> {
  const out: Record<string, number> = { RTMIN: 34, RTMAX: 64 };
  for (let i = 1; i <= 15; i++) out[`RTMIN+${i}`] = 34 + i;
  for (let i = 1; i <= 14; i++) out[`RTMAX-${i}`] = 64 - i;
  return out;
}
