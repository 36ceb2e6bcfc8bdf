// What a registry refuses, in dockerd's own words (moby distribution/errors.go gives the wrapping, the registry the rest).
import { familiarName, familiarString, type Reference } from './reference.ts';

/**
 * notFound: no such repository or manifest (also "denied", which hides the difference); unauthorized: log in first;
 * refused: a limit or another refusal; unreachable: no usable answer; invalid: the registry's data breaks the rules.
 */
export type RegistryErrorKind = 'notFound' | 'unauthorized' | 'refused' | 'unreachable' | 'invalid';

/** `message` is for the user. Never holds a credential or a token. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly kind: RegistryErrorKind;
  /** The registry's own code, e.g. 'MANIFEST_UNKNOWN', or ''. */
  readonly code: string;
  /** HTTP status of the refusal, 0 when there was none. */
  readonly status: number;

  constructor(kind: RegistryErrorKind, message: string, opts: ErrorOptions & Refusal = {}) {
    super(message, opts);
    this.kind = kind;
    this.code = opts.code ?? '';
    this.status = opts.status ?? 0;
  }
}
interface Refusal {
  code?: string;
  status?: number;
}

const CODE_OF_STATUS: Readonly<Record<number, [code: string, message: string]>> = {
  401: ['UNAUTHORIZED', 'authentication required'],
  403: ['DENIED', 'requested access to the resource is denied'],
  429: ['TOOMANYREQUESTS', 'too many requests'],
};

/** The error for a reply that is no success; `body` as received (cut), `what` e.g. 'manifest'. */
export function refusal(status: number, statusText: string, body: string): RegistryError {
  const [code, message] = firstError(body) ?? CODE_OF_STATUS[status] ?? ['', ''];
  if (code === '') {
    const kind = status === 404 ? 'notFound' : 'refused';
    return new RegistryError(kind, `received unexpected HTTP status: ${status} ${statusText}`, { status });
  }
  const words = code.toLowerCase().replaceAll('_', ' ');
  return new RegistryError(kindOf(code), `${words}: ${message}`, { code, status });
}

/** Puts the name that the user asked for around a registry's refusal, as dockerd does. Other errors pass unchanged. */
export function naming(err: unknown, ref: Reference): unknown {
  if (!(err instanceof RegistryError)) return err;
  const opts = { cause: err, code: err.code, status: err.status };
  switch (err.code) {
    case 'DENIED':
      return new RegistryError(
        'notFound',
        `pull access denied for ${familiarName(ref)}, repository does not exist or may require 'docker login': ${err.message}`,
        opts,
      );
    case 'MANIFEST_UNKNOWN':
      return new RegistryError(
        'notFound',
        `manifest for ${familiarString(ref)} not found: ${err.message}`,
        opts,
      );
    case 'NAME_UNKNOWN':
      return new RegistryError('notFound', `repository ${familiarName(ref)} not found: ${err.message}`, opts);
    default:
      return err;
  }
}

function kindOf(code: string): RegistryErrorKind {
  if (code === 'UNAUTHORIZED') return 'unauthorized';
  return ['DENIED', 'MANIFEST_UNKNOWN', 'NAME_UNKNOWN', 'BLOB_UNKNOWN'].includes(code)
    ? 'notFound'
    : 'refused';
}

function firstError(body: string): [string, string] | null {
  try {
    const { errors, details } = JSON.parse(body) as {
      errors?: { code?: unknown; message?: unknown }[];
      details?: unknown;
    };
    const first = errors?.[0];
    if (typeof first?.code === 'string') return [first.code, String(first.message ?? '').slice(0, 1000)];
    // Token servers of the first kind answer {"details": "..."} only.
    if (typeof details === 'string') return ['UNAUTHORIZED', details.slice(0, 1000)];
  } catch {
    // not JSON: the status has to do
  }
  return null;
}
