// The log of a program: bunyan's JSON lines on standard output.
import bunyan from 'bunyan';
import { FatalError } from './fatal.ts';

/** Throws FatalError for a level that bunyan does not know. */
export function openLog(name: string, level: string): bunyan {
  if (!Object.hasOwn(bunyan.levelFromName, level)) {
    throw new FatalError(
      `logLevel must be one of ${Object.keys(bunyan.levelFromName).join(', ')}, not '${level}'`,
    );
  }
  // A log that nobody reads any more is no reason to end.
  process.stdout.on('error', () => {});
  return bunyan.createLogger({
    name,
    level: level as bunyan.LogLevelString,
    serializers: { err: bunyan.stdSerializers.err },
    stream: process.stdout,
  });
}
