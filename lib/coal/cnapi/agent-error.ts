// How CNAPI passes on what its agent refuses on a docker-* endpoint.
import type { TaskName } from '#lib/cn-agent/types.ts';
import { TritonError } from '#lib/wire/errors.ts';

/** The one endpoint of which the real CNAPI tells some of its agent's errors as they are (triton-wire §3.1). */
const TOLD_BY_COPY = new Set(['FileNotFound', 'PathNotDirectory', 'VmNotRunning']);

/**
 * A 500 whose message holds the agent's own error as JSON (triton-wire §8); lib/triton/cnapi.ts takes it out again. The real
 * one has no statusCode in `details`. Anything but a TritonError is a fault of the program and stays what it is.
 */
export function wrapAgentError(task: TaskName, err: unknown): unknown {
  if (!(err instanceof TritonError)) return err;
  const { restCode, statusCode, ownMessage } = err;
  if (task === 'docker_copy' && TOLD_BY_COPY.has(restCode)) return err;
  const agent = JSON.stringify({ error: `${task}: ${ownMessage}`, details: { restCode, statusCode } });
  return new TritonError('InternalError', 500, `posting task to cn-agent: ${agent}`, [], err);
}
