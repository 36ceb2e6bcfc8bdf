// What a failed start becomes: Docker's text, the exit status that dockerd sets, and a TritonError (moby daemon/errors.go).
import { ContainerdError } from '#lib/containerd/errors.ts';
import { TritonError } from '#lib/wire/errors.ts';

const EXIT_CANNOT_INVOKE = 126;
const EXIT_NOT_FOUND = 127;
const EXIT_UNKNOWN = 128;

/** Words in which Go spells the gRPC codes; containerd's client puts them behind each message. */
const CODE_WORDS: Record<string, string> = {
  UNKNOWN: 'unknown',
  NOT_FOUND: 'not found',
  ALREADY_EXISTS: 'already exists',
  FAILED_PRECONDITION: 'failed precondition',
  INVALID_ARGUMENT: 'invalid argument',
  UNAVAILABLE: 'unavailable',
  UNIMPLEMENTED: 'not implemented',
};

/** Step of the start, which decides dockerd's prefix. */
export type StartStep = 'prepare' | 'create' | 'start';

export interface StartFailure {
  exitStatus: number;
  error: TritonError;
}

/** Maps whatever stopped a start. restCode VmStartFailed: 400 when the request or image is to blame, 500 otherwise. */
export function toStartFailure(err: unknown, step: StartStep): StartFailure {
  const cause = err instanceof Error ? err : new Error(String(err));
  if (cause instanceof TritonError) {
    const { statusCode, ownMessage } = cause;
    return {
      exitStatus: EXIT_UNKNOWN,
      error: new TritonError('VmStartFailed', statusCode, ownMessage, [], cause),
    };
  }
  const { exitStatus, text } = classify(dockerText(cause, step));
  const statusCode = exitStatus === EXIT_UNKNOWN ? 500 : 400;
  return { exitStatus, error: new TritonError('VmStartFailed', statusCode, text, [], cause) };
}

/** Exit status and text for a message of runc, by the words that dockerd looks for. */
export function classify(message: string): { exitStatus: number; text: string } {
  const has = (words: string) => message.toLowerCase().includes(words);
  if (has('permission denied')) return { exitStatus: EXIT_CANNOT_INVOKE, text: message };
  // The docker CLI turns "permission denied" into exit code 126, so executing a directory must say it too.
  if (has('is a directory')) return { exitStatus: EXIT_CANNOT_INVOKE, text: `${message}: permission denied` };
  if (has('not a directory')) {
    const hint =
      'Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type';
    return { exitStatus: EXIT_NOT_FOUND, text: `${message}: ${hint}` };
  }
  const notFound = ['executable file not found', 'no such file or directory'].some(has);
  return { exitStatus: notFound ? EXIT_NOT_FOUND : EXIT_UNKNOWN, text: message };
}

/** What dockerd says of a failure. */
export function dockerText(err: Error, step: StartStep): string {
  if (err instanceof TritonError) return err.ownMessage;
  if (!(err instanceof ContainerdError)) return err.message;
  const details = err.message.replace(`containerd ${err.call}: `, '');
  const words = CODE_WORDS[err.code];
  const text = words && !details.endsWith(`: ${words}`) ? `${details}: ${words}` : details;
  return step === 'create' ? `failed to create task for container: ${text}` : text;
}
