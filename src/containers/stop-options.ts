// The parameters of stop and restart: `t` in seconds and, from API 1.42 on, `signal`.

import { queryInt } from '#src/api/query.ts';
import type { Req } from '#src/context.ts';
import { DockerError } from '#src/errors.ts';
import { parseSignal } from './signals.ts';

export interface StopOptions {
  /** seconds; absent = the container's own, negative = for ever */
  timeout?: number;
  /** Linux number as text; absent = the container's own */
  signal?: string;
}

/**
 * Checks `t` at once (DockerError invalid) and gives a function that checks the signal: dockerd looks at it only after it
 * has found the container, and wraps the error.
 */
export function parseStopOptions(
  req: Pick<Req, 'query' | 'version'>,
): (wrap: (message: string) => Error) => StopOptions {
  const timeout = queryInt(req.query.t);
  const signal = req.version >= 42 ? (req.query.signal ?? '') : '';
  return (wrap) => {
    const options: StopOptions = {};
    if (timeout !== null) options.timeout = timeout;
    if (signal === '') return options;
    try {
      options.signal = String(parseSignal(signal));
    } catch (err) {
      throw err instanceof DockerError ? wrap(err.clientMessage) : err;
    }
    return options;
  };
}
