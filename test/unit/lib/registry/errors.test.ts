// lib/registry/errors.ts and network-errors.ts: a registry's refusals and a broken network, in dockerd's and Go's words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { naming, type RegistryError, refusal } from '#lib/registry/errors.ts';
import { isPlainHttp, networkErrorText } from '#lib/registry/network-errors.ts';
import { parseNormalizedNamed } from '#lib/registry/reference.ts';

const json = (code: string, message?: unknown): string => JSON.stringify({ errors: [{ code, message }] });

const REFUSALS: [status: number, body: string, kind: string, code: string, message: string][] = [
  [
    404,
    json('MANIFEST_UNKNOWN', 'manifest unknown'),
    'notFound',
    'MANIFEST_UNKNOWN',
    'manifest unknown: manifest unknown',
  ],
  [404, json('NAME_UNKNOWN', 'no repo'), 'notFound', 'NAME_UNKNOWN', 'name unknown: no repo'],
  [
    401,
    json('UNAUTHORIZED', 'authentication required'),
    'unauthorized',
    'UNAUTHORIZED',
    'unauthorized: authentication required',
  ],
  [403, json('DENIED', 'no'), 'notFound', 'DENIED', 'denied: no'],
  [429, json('TOOMANYREQUESTS', 'slow down'), 'refused', 'TOOMANYREQUESTS', 'toomanyrequests: slow down'],
  [500, json('UNKNOWN', null), 'refused', 'UNKNOWN', 'unknown: '],
  [
    401,
    '{"details":"incorrect username or password"}',
    'unauthorized',
    'UNAUTHORIZED',
    'unauthorized: incorrect username or password',
  ],
  // a status alone
  [401, '', 'unauthorized', 'UNAUTHORIZED', 'unauthorized: authentication required'],
  [403, '<html>', 'notFound', 'DENIED', 'denied: requested access to the resource is denied'],
  [429, '', 'refused', 'TOOMANYREQUESTS', 'toomanyrequests: too many requests'],
  [404, 'nothing here', 'notFound', '', 'received unexpected HTTP status: 404 Word'],
  [502, '', 'refused', '', 'received unexpected HTTP status: 502 Word'],
  // bodies that are no error object
  [500, 'null', 'refused', '', 'received unexpected HTTP status: 500 Word'],
  [500, '[]', 'refused', '', 'received unexpected HTTP status: 500 Word'],
  [500, '{"errors":[null]}', 'refused', '', 'received unexpected HTTP status: 500 Word'],
  [500, '{"errors":[{"code":5}]}', 'refused', '', 'received unexpected HTTP status: 500 Word'],
  [500, '{"errors":"text"}', 'refused', '', 'received unexpected HTTP status: 500 Word'],
];
for (const [status, body, kind, code, message] of REFUSALS) {
  test(`refusal ${status} ${body.slice(0, 50)}`, () => {
    const err = refusal(status, 'Word', body);
    assert.deepEqual({ kind: err.kind, code: err.code, message: err.message }, { kind, code, message });
  });
}

test('a very long message is cut', () => {
  assert.equal(refusal(500, '', json('X', 'y'.repeat(5000))).message.length, 'x: '.length + 1000);
});

const NAMED: [image: string, code: string, message: string][] = [
  [
    'busybox',
    'DENIED',
    "pull access denied for busybox, repository does not exist or may require 'docker login': denied: words",
  ],
  [
    'reg:5000/a:1',
    'DENIED',
    "pull access denied for reg:5000/a, repository does not exist or may require 'docker login': denied: words",
  ],
  ['busybox:9', 'MANIFEST_UNKNOWN', 'manifest for busybox:9 not found: manifest unknown: words'],
  ['u/a:9', 'NAME_UNKNOWN', 'repository u/a not found: name unknown: words'],
  ['busybox', 'UNAUTHORIZED', 'unauthorized: words'],
  ['busybox', 'TOOMANYREQUESTS', 'toomanyrequests: words'],
];
for (const [image, code, message] of NAMED) {
  test(`${code} for ${image} as dockerd tells it`, () => {
    const before = refusal(400, '', json(code, 'words'));
    const named = naming(before, parseNormalizedNamed(image)) as RegistryError;
    assert.equal(named.message, message);
    assert.deepEqual([named.code, named.status, named.kind], [code, 400, before.kind]);
  });
}

test('what is no refusal stays what it is', () => {
  const err = new TypeError('x');
  assert.equal(naming(err, parseNormalizedNamed('a')), err);
});

const node = (code: string, more: object = {}): Error =>
  Object.assign(new Error('text of node'), { code }, more);
const NETWORK: [err: Error, text: string][] = [
  [
    node('ECONNREFUSED', { address: '127.0.0.1', port: 1 }),
    'dial tcp 127.0.0.1:1: connect: connection refused',
  ],
  [node('ECONNREFUSED', { address: '::1', port: 1 }), 'dial tcp [::1]:1: connect: connection refused'],
  [node('ETIMEDOUT'), 'dial tcp: i/o timeout'],
  [
    node('EHOSTUNREACH', { address: '10.0.0.1', port: 443 }),
    'dial tcp 10.0.0.1:443: connect: no route to host',
  ],
  [node('ENOTFOUND', { hostname: 'reg.example' }), 'dial tcp: lookup reg.example: no such host'],
  [
    node('EAI_AGAIN', { hostname: 'reg.example' }),
    'dial tcp: lookup reg.example: Temporary failure in name resolution',
  ],
  [node('ECONNRESET'), 'read: connection reset by peer'],
  [Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 'EOF'],
  [
    node('DEPTH_ZERO_SELF_SIGNED_CERT'),
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  [
    node('CERT_HAS_EXPIRED'),
    'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  ],
  [
    Object.assign(new Error('wrong version number'), { code: 'EPROTO' }),
    'http: server gave HTTP response to HTTPS client',
  ],
  [node('ERR_SOMETHING'), 'text of node'],
  // both addresses of a name failed: the first one is told
  [
    new AggregateError([node('ECONNREFUSED', { address: '::1', port: 2 }), node('ETIMEDOUT')]),
    'dial tcp [::1]:2: connect: connection refused',
  ],
];
for (const [err, text] of NETWORK) {
  test(`network: ${text}`, () => assert.equal(networkErrorText(err), text));
}

test('a certificate that is refused is no plain http', () => {
  assert.equal(isPlainHttp(node('DEPTH_ZERO_SELF_SIGNED_CERT')), false);
  assert.equal(isPlainHttp(node('ERR_SSL_WRONG_VERSION_NUMBER')), true);
  assert.equal(isPlainHttp(Object.assign(new Error('handshake failure'), { code: 'EPROTO' })), false);
});
