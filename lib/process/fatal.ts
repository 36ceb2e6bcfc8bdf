// Ending a program at its start: one clear line that says what to do, and an exit code that says "starting again will not help".

/** sysexits.h EX_CONFIG; tools/run.ts and systemd do not start such a program again. */
export const EXIT_FATAL = 78;

/** Why a program cannot start, in words for the person at the terminal. */
export class FatalError extends Error {}

/** Prints the line and ends the process. */
export function exitFatal(err: unknown): never {
  const text = err instanceof Error ? err.message : String(err);
  process.stderr.write(`sdc-docker: ${text}\n`);
  // A surprise is shown whole: nobody could help with its first line alone.
  if (err instanceof Error && !(err instanceof FatalError)) process.stderr.write(`${err.stack ?? ''}\n`);
  process.exit(EXIT_FATAL);
}
