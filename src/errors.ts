// The kinds of error that a Docker operation can end with, and the one table from kind to HTTP status (src/server uses it).
import VError from 'verror';

export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'notFound'
  | 'notAcceptable'
  | 'conflict'
  | 'notModified'
  | 'internal'
  | 'notImplemented'
  | 'unavailable';

/** kind → status, as moby's httpstatus does. */
export const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  notAcceptable: 406,
  conflict: 409,
  notModified: 304,
  internal: 500,
  notImplemented: 501,
  unavailable: 503,
};

/** An error with a kind. `message` is what the client sees; the cause is for the log only and is never pasted into it. */
export class DockerError extends VError {
  readonly kind: ErrorKind;
  readonly clientMessage: string;

  constructor(kind: ErrorKind, clientMessage: string, cause?: Error) {
    super({ name: 'DockerError', ...(cause ? { cause } : {}) }, '%s', clientMessage);
    this.kind = kind;
    this.clientMessage = clientMessage;
  }
}

export const invalid = (message: string, cause?: Error): DockerError =>
  new DockerError('invalid', message, cause);
export const notFound = (message: string, cause?: Error): DockerError =>
  new DockerError('notFound', message, cause);
export const conflict = (message: string, cause?: Error): DockerError =>
  new DockerError('conflict', message, cause);
export const notModified = (cause?: Error): DockerError => new DockerError('notModified', '', cause);
export const internal = (message: string, cause?: Error): DockerError =>
  new DockerError('internal', message, cause);
export const unavailable = (message: string, cause?: Error): DockerError =>
  new DockerError('unavailable', message, cause);
export const notImplemented = (message: string): DockerError => new DockerError('notImplemented', message);
export const forbidden = (message: string, cause?: Error): DockerError =>
  new DockerError('forbidden', message, cause);
