// The one error class of the Triton floor: what a Triton service says when it refuses, with restCode and status.
import VError from 'verror';

/** One element of `errors` in a Triton error body. */
export interface FieldError {
  field: string | string[];
  code: string;
  message?: string;
}

/**
 * An error in Triton's own terms. CoaL's services throw it and send `body()`; lib/triton rebuilds it from a reply.
 * `restCode` is Triton's name ('ResourceNotFound', 'ValidationFailed', 'VmNotRunning', ...), `statusCode` its HTTP status.
 */
export class TritonError extends VError {
  readonly restCode: string;
  readonly statusCode: number;
  readonly errors: FieldError[];

  constructor(
    restCode: string,
    statusCode: number,
    message: string,
    errors: FieldError[] = [],
    cause?: Error,
  ) {
    super({ name: 'TritonError', ...(cause ? { cause } : {}) }, '%s', message);
    this.restCode = restCode;
    this.statusCode = statusCode;
    this.errors = errors;
    // VError appends the cause to the message; on the wire only our own words go out.
    this.ownMessage = message;
  }

  readonly ownMessage: string;

  /** The JSON body, as restify's services send it. */
  body(): { code: string; message: string; errors?: FieldError[] } {
    const body = { code: this.restCode, message: this.ownMessage };
    return this.errors.length > 0 ? { ...body, errors: this.errors } : body;
  }
}

/** What `promise` gives; null when the service knows no such thing (ResourceNotFound). */
export async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (err) {
    if (hasRestCode(err, 'ResourceNotFound')) return null;
    throw err;
  }
}

/** True when `err`, or one of its causes, is a TritonError of that restCode. */
export function hasRestCode(err: unknown, restCode: string): boolean {
  for (let e = err; e instanceof Error; e = VError.cause(e) as unknown) {
    if (e instanceof TritonError && e.restCode === restCode) return true;
  }
  return false;
}
