// A failed connection in the words of Go's net package, which clients of dockerd read.

const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ECONNRESET: 'connection reset by peer',
  EPROTOTYPE: 'protocol wrong type for socket',
};
const TLS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'x509: certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'x509: certificate signed by unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'x509: certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
};

/** Where a connection goes: a path for unix sockets, host and port otherwise. */
export interface Target {
  network: 'tcp' | 'udp' | 'unix' | 'unixgram';
  host?: string;
  port?: number;
  path?: string;
}

/** Pure. */
export function dialError(err: unknown, target: Target): Error {
  const cause = firstOf(err);
  const { code = '', address, port } = cause;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new Error(`dial ${target.network}: lookup ${target.host}: no such host`, { cause });
  }
  if (TLS[code]) return new Error(`tls: failed to verify certificate: ${TLS[code]}`, { cause });
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const name = `x509: certificate is not valid for any names, but wanted to match ${target.host}`;
    return new Error(`tls: failed to verify certificate: ${name}`, { cause });
  }
  const text = TEXTS[code];
  if (text === undefined)
    return new Error(`dial ${whereTo(target, address, port)}: ${cause.message}`, { cause });
  return new Error(`dial ${whereTo(target, address, port)}: connect: ${text}`, { cause });
}

/** An attempt that took too long. */
export function dialTimeout(target: Target): Error {
  return new Error(`dial ${whereTo(target)}: i/o timeout`);
}

function whereTo(target: Target, address?: string, port?: number): string {
  if (target.path !== undefined) return `${target.network} ${target.path}`;
  const host = address ?? target.host ?? '';
  return `${target.network} ${host.includes(':') ? `[${host}]` : host}:${port ?? target.port}`;
}

type Failure = Error & { code?: string; address?: string; port?: number };

/** Several addresses were tried: the last failure, as Go reports one. */
function firstOf(err: unknown): Failure {
  if (err instanceof AggregateError && err.errors.length > 0) return firstOf(err.errors.at(-1));
  return err instanceof Error ? err : new Error(String(err));
}
