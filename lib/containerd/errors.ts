// What containerd's refusals become: one error class with the gRPC status name as its code.
import { type ServiceError, status } from '@grpc/grpc-js';

const STATUS_NAMES = new Map<number, string>(
  Object.entries(status).flatMap(([name, number]) => (typeof number === 'number' ? [[number, name]] : [])),
);

/** A call to containerd that failed. `code` is the gRPC status name: 'NOT_FOUND', 'ALREADY_EXISTS', 'UNAVAILABLE', ... */
export class ContainerdError extends Error {
  readonly code: string;
  /** The call, e.g. 'tasks.Create'. */
  readonly call: string;

  constructor(code: string, call: string, message: string, options?: ErrorOptions) {
    super(`containerd ${call}: ${message}`, options);
    this.name = 'ContainerdError';
    this.code = code;
    this.call = call;
  }
}

/** A gRPC failure as ContainerdError; anything else (an AbortError, a failing source) stays what it is. */
export function toContainerdError(err: unknown, call: string): Error {
  if (err instanceof ContainerdError) return err;
  if (!isServiceError(err)) return err instanceof Error ? err : new Error(String(err));
  return new ContainerdError(STATUS_NAMES.get(err.code) ?? 'UNKNOWN', call, err.details, { cause: err });
}

/** True for a ContainerdError with this code. */
export function hasCode(err: unknown, code: string): boolean {
  return err instanceof ContainerdError && err.code === code;
}

/** The task's shim ended while it was asked: what became of the task, a new question tells. */
export function isShimGone(err: unknown): boolean {
  return err instanceof ContainerdError && err.code === 'UNKNOWN' && err.message.includes('ttrpc: closed');
}

/** A task of this id is being made, or its making is being undone; it is in no list. */
export function isBundleInTheWay(err: unknown): boolean {
  return (
    err instanceof ContainerdError &&
    err.call === 'tasks.Create' &&
    // The folder is still there; or it is taken away while a new shim starts in it.
    /failed to start shim: (mkdir \S+: file exists|start failed: .*getwd: no such file or directory)/s.test(
      err.message,
    )
  );
}

function isServiceError(err: unknown): err is ServiceError {
  return (
    err instanceof Error &&
    typeof (err as ServiceError).code === 'number' &&
    typeof (err as ServiceError).details === 'string'
  );
}
