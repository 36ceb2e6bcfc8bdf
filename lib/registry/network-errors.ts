// What Node says when a connection fails, in the words that Go's net package (and so dockerd) uses: users and scripts know those.

interface NodeError extends Error {
  code?: string;
  address?: string;
  port?: number;
  hostname?: string;
  errors?: NodeError[];
}

const CONNECT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  EACCES: 'connect: permission denied',
  ETIMEDOUT: 'i/o timeout',
};

const UNKNOWN_AUTHORITY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** e.g. 'dial tcp 127.0.0.1:1: connect: connection refused'. */
export function networkErrorText(err: unknown): string {
  const first = firstOf(err);
  const code = first.code ?? '';
  const connect = CONNECT[code];
  if (connect !== undefined) return `dial tcp${where(first)}: ${connect}`;
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${first.hostname ?? ''}: no such host`;
  if (code === 'EAI_AGAIN')
    return `dial tcp: lookup ${first.hostname ?? ''}: Temporary failure in name resolution`;
  if (code === 'ECONNRESET')
    return first.message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer';
  if (code === 'CERT_HAS_EXPIRED')
    return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
  if (UNKNOWN_AUTHORITY.has(code))
    return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  if (isPlainHttp(first)) return 'http: server gave HTTP response to HTTPS client';
  return first.message;
}

/** True when a TLS handshake was answered by something that does not speak TLS. */
export function isPlainHttp(err: unknown): boolean {
  const { code = '', message } = firstOf(err);
  return (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' ||
    (code === 'EPROTO' && /wrong version number|packet length too long|http request/i.test(message))
  );
}

/** The first of several failures; what is no error (a refusal has no cause) as an empty one. */
function firstOf(err: unknown): NodeError {
  const node: NodeError = err instanceof Error ? err : new Error('');
  return node.errors?.[0] ?? node;
}

function where(err: NodeError): string {
  if (err.address === undefined) return '';
  return err.address.includes(':') ? ` [${err.address}]:${err.port}` : ` ${err.address}:${err.port}`;
}
