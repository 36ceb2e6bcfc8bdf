// Ending a program at its start: one clear line that says what to do, and an exit code that says "starting again will not help".

/** sysexits.h EX_CONFIG; tools/run.ts and systemd do not start such a program again. */
export const EXIT_FATAL = 78;

/** Why a program cannot start, in words for the person at the terminal. */
export class FatalError extends Error {}

/** Prints the line and ends the process. */
export function exitFatal(err: unknown): never {
  process.stderr.write(`sdc-docker: ${describeFatal(err)}\n`);
  process.exit(EXIT_FATAL);
}

/** One line for what somebody said on purpose or the machine refused; a mistake of ours is shown whole, nobody could help with less. */
export function describeFatal(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  const { code = '' } = err as NodeJS.ErrnoException;
  if (code.startsWith('ERR_PARSE_ARGS')) return err.message.split('. ')[0]!;
  if (BUGS.some((bug) => err instanceof bug)) return err.stack ?? err.message;
  return systemWords(err as NodeJS.ErrnoException);
}

const BUGS = [TypeError, ReferenceError, SyntaxError, RangeError];

/** "ENOTDIR: not a directory, mkdir '/dev/null/x'" in the order of a sentence; other messages as they are. */
function systemWords(err: NodeJS.ErrnoException): string {
  const match = /^E[A-Z0-9]+: (.+), (\w+) '(.+)'$/.exec(err.message);
  return match === null ? err.message : `cannot ${match[2]} ${match[3]}: ${match[1]}`;
}
