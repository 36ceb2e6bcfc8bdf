// What a handler threw, what the client is told of it, and Triton's restCodes as Docker's kinds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import VError from 'verror';
import { type FieldError, TritonError } from '#lib/wire/errors.ts';
import { fromTriton } from '#src/api/triton-errors.ts';
import { conflict, DockerError, type ErrorKind, notFound, notModified, STATUS_OF } from '#src/errors.ts';
import { errorReply, toDockerError } from '#src/server/error-reply.ts';

const node = (code: string, syscall?: string): Error =>
  Object.assign(new Error('connect to /run/secret.sock'), { code, ...(syscall ? { syscall } : {}) });
const triton = (code: string, status = 500, errors: FieldError[] = []) =>
  new TritonError(code, status, 'its words', errors);
const INTERNAL = 'internal error: see the log of sdc-docker for this request';
const UNREACHABLE = 'the Triton services cannot be reached: are they running?';

const THROWN: [what: string, thrown: unknown, kind: ErrorKind, message: string][] = [
  ['our own', conflict('in use'), 'conflict', 'in use'],
  ['our own inside another', new VError({ cause: notFound('gone') }, 'outer'), 'notFound', 'gone'],
  ['our own as a standard cause', new Error('outer', { cause: notFound('gone') }), 'notFound', 'gone'],
  ["Triton's", triton('ResourceNotFound', 404), 'notFound', 'its words'],
  [
    "Triton's inside another",
    new VError({ cause: triton('VmNotRunning') }, 'outer'),
    'conflict',
    'its words',
  ],
  ['a bug', new TypeError("Cannot read '/etc/secret'"), 'internal', INTERNAL],
  ['no error at all', 'text', 'internal', 'internal error'],
  ['null', null, 'internal', 'internal error'],
  ['undefined', undefined, 'internal', 'internal error'],
  ['a service that nobody serves', node('ECONNREFUSED', 'connect'), 'unavailable', UNREACHABLE],
  ['a socket that is not there', node('ENOENT', 'connect'), 'unavailable', UNREACHABLE],
  ['a file of ours that is not there', node('ENOENT', 'open'), 'internal', INTERNAL],
  [
    'every address of a name',
    new AggregateError([node('ETIMEDOUT'), node('ECONNREFUSED')]),
    'unavailable',
    UNREACHABLE,
  ],
  ['several other failures', new AggregateError([new Error('x')]), 'internal', INTERNAL],
  [
    'a service inside another',
    new VError({ cause: node('ECONNRESET') }, 'outer'),
    'unavailable',
    UNREACHABLE,
  ],
];
for (const [what, thrown, kind, message] of THROWN) {
  test(`thrown: ${what}`, () => {
    const err = toDockerError(thrown);
    assert.ok(err instanceof DockerError);
    assert.deepEqual([err.kind, err.clientMessage], [kind, message]);
    assert.ok(!JSON.stringify(errorReply(err)).includes('secret'));
  });
}

test('each kind has its status; not modified has no body', () => {
  assert.deepEqual(Object.values(STATUS_OF).sort(), [304, 400, 401, 403, 404, 406, 409, 500, 501, 503]);
  assert.deepEqual(errorReply(conflict('x')), { status: 409, body: { message: 'x' } });
  assert.deepEqual(errorReply(notModified()), { status: 304 });
  assert.deepEqual(errorReply(notFound('100%s', new Error('secret'))), {
    status: 404,
    body: { message: '100%s' },
  });
});

const CODES: [code: string, status: number, kind: ErrorKind][] = [
  ['ResourceNotFound', 404, 'notFound'],
  ['VmNotFound', 500, 'notFound'],
  ['ValidationFailed', 409, 'invalid'],
  ['InvalidArgument', 409, 'invalid'],
  ['InvalidParameter', 422, 'invalid'],
  ['VmNotRunning', 500, 'conflict'],
  ['InUse', 409, 'conflict'],
  ['NotAuthorized', 403, 'forbidden'],
  ['ServiceUnavailable', 503, 'unavailable'],
  // codes of the future: the status says it
  ['Unknown', 404, 'notFound'],
  ['Unknown', 409, 'conflict'],
  ['Unknown', 422, 'invalid'],
  ['Unknown', 401, 'unauthorized'],
  ['Unknown', 403, 'forbidden'],
  ['Unknown', 503, 'unavailable'],
  ['Unknown', 500, 'internal'],
  ['InternalError', 502, 'internal'],
  ['constructor', 404, 'notFound'],
];
for (const [code, status, kind] of CODES) {
  test(`${code} ${status} of Triton is ${kind}`, () =>
    assert.equal(fromTriton(triton(code, status)).kind, kind));
}

const WORDS: [what: string, err: TritonError, message: string][] = [
  [
    'its fields',
    triton('ValidationFailed', 409, [
      { field: 'alias', code: 'Duplicate', message: 'is taken' },
      { field: ['a', 'b'], code: 'Invalid' },
    ]),
    'its words: alias: is taken; a,b: Invalid',
  ],
  [
    'internal words stay inside',
    triton('InternalError'),
    'the datacenter could not do that: see the log of sdc-docker for this request',
  ],
  [
    'so do those about the account',
    triton('NotAuthorized', 403),
    'the account may not do that in this datacenter',
  ],
  ['and about its key', triton('Unauthorized', 401), 'the datacenter did not accept the account'],
];
for (const [what, err, message] of WORDS) {
  test(`words for the client: ${what}`, () => assert.equal(fromTriton(err).clientMessage, message));
}
