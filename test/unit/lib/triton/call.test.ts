// lib/triton/call.ts and cnapi.ts's unwrapAgentError: what a service refuses, in Triton's own terms.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Answer, aborted, call, type RestifyError, toTritonError } from '#lib/triton/call.ts';
import { unwrapAgentError } from '#lib/triton/cnapi.ts';
import { hasRestCode, TritonError } from '#lib/wire/errors.ts';

const STOPPED = '/work/shared/reference/triton-recorded/cnapi/docker-exec-stopped.json';
const error = (over: Partial<RestifyError>): RestifyError => Object.assign(new Error('text'), over);
const FIELD = { field: 'alias', code: 'Duplicate' };

const ERRORS: [
  what: string,
  err: RestifyError,
  restCode: string,
  status: number,
  message: string,
  errors: object[],
][] = [
  [
    "the service's own words",
    error({ statusCode: 404, body: { code: 'ResourceNotFound', message: 'no such VM' } }),
    'ResourceNotFound',
    404,
    'no such VM',
    [],
  ],
  [
    'with fields',
    error({ statusCode: 409, body: { code: 'ValidationFailed', message: 'm', errors: [FIELD] } }),
    'ValidationFailed',
    409,
    'm',
    [FIELD],
  ],
  [
    'a body without a code (a bad filter of VMAPI)',
    error({ statusCode: 500, body: { message: 'm' } }),
    'InternalError',
    500,
    'm',
    [],
  ],
  [
    "restify's code where the body has none",
    error({ statusCode: 405, restCode: 'BadMethod', body: {} }),
    'BadMethod',
    405,
    'text',
    [],
  ],
  ['no body', error({ statusCode: 502 }), 'InternalError', 502, 'text', []],
  [
    'errors that are no list',
    error({ statusCode: 409, body: { code: 'X', errors: 'y' as never } }),
    'X',
    409,
    'text',
    [],
  ],
  [
    'a socket that nobody serves',
    error({ code: 'ECONNREFUSED' }),
    'ServiceUnavailable',
    503,
    'vmapi cannot be reached: ECONNREFUSED',
    [],
  ],
  ['a failure without a code', error({}), 'ServiceUnavailable', 503, 'vmapi cannot be reached: text', []],
];
for (const [what, err, restCode, statusCode, message, errors] of ERRORS) {
  test(`toTritonError: ${what}`, () => {
    const found = toTritonError('vmapi', err);
    assert.deepEqual(
      [found.restCode, found.statusCode, found.ownMessage, found.errors],
      [restCode, statusCode, message, errors],
    );
  });
}

const agent = (inner: unknown): TritonError =>
  new TritonError(
    'InternalError',
    500,
    `posting task to cn-agent: ${typeof inner === 'string' ? inner : JSON.stringify(inner)}`,
  );
const WRAPPED: [inner: unknown, restCode: string, status: number, message: string][] = [
  [
    { error: 'docker_exec: VM is not running, cannot exec', details: { restCode: 'VmNotRunning' } },
    'VmNotRunning',
    409,
    'VM is not running, cannot exec',
  ],
  [{ error: 'docker_copy: none', details: { restCode: 'FileNotFound' } }, 'FileNotFound', 404, 'none'],
  [{ error: 'no prefix', details: { restCode: 'Fancy' } }, 'Fancy', 500, 'no prefix'],
  [{ error: 'x', details: { restCode: 'Fancy', statusCode: 418 } }, 'Fancy', 418, 'x'],
  [{ error: 'two\nlines', details: { restCode: 'Fancy' } }, 'Fancy', 500, 'two\nlines'],
];
for (const [inner, restCode, status, message] of WRAPPED) {
  test(`unwrapAgentError: ${restCode} ${status}`, () => {
    const outer = agent(inner);
    const found = unwrapAgentError(outer) as TritonError;
    assert.deepEqual([found.restCode, found.statusCode, found.ownMessage], [restCode, status, message]);
    assert.ok(hasRestCode(found, 'InternalError'), 'the outer error is its cause');
  });
}
const LEFT: unknown[] = [
  new Error('x'),
  null,
  new TritonError(
    'ResourceNotFound',
    404,
    'posting task to cn-agent: {"error":"x","details":{"restCode":"Y"}}',
  ),
  new TritonError('InternalError', 500, 'something else'),
  agent('{broken}'),
  agent({ error: 'x' }),
  agent({ error: 5, details: { restCode: 'Fancy' } }),
  agent('{}'),
];
for (const [i, err] of LEFT.entries())
  test(`unwrapAgentError leaves alone (${i})`, () => assert.equal(unwrapAgentError(err), err));

if (existsSync(STOPPED)) {
  test('unwrapAgentError: the recorded reply of a real CNAPI', () => {
    const { response } = JSON.parse(readFileSync(STOPPED, 'utf8')) as {
      response: { status: number; body: RestifyError['body'] };
    };
    const { status: statusCode, body } = response;
    const found = unwrapAgentError(
      toTritonError('cnapi', error({ statusCode, ...(body ? { body } : {}) })),
    ) as TritonError;
    assert.deepEqual(
      [found.restCode, found.statusCode, found.ownMessage],
      ['VmNotRunning', 409, 'VM is not running, cannot exec'],
    );
  });
} else test('the recorded reply', { skip: `NOT TESTED: ${STOPPED} is not on this machine` }, () => {});

test('call: body and headers, or the error; the request id goes along', async () => {
  let headers: object | undefined;
  const good = await call<number>('vmapi', { reqId: 'r1' }, (options, callback) => {
    headers = options.headers;
    callback(null, 5, {}, { headers: { etag: 'e' } });
  });
  assert.deepEqual(good, { body: 5, headers: { etag: 'e' } });
  assert.deepEqual(headers, { 'x-request-id': 'r1' });
  const bad = call('vmapi', { reqId: 'r' }, (_options, callback) =>
    callback(error({ statusCode: 404, body: { code: 'X', message: 'y' } }), null),
  );
  await assert.rejects(bad, { restCode: 'X', statusCode: 404 });
});

test('call: an abort ends the wait, before and during it, and what comes later is not heard', async () => {
  const gone = { restCode: 'RequestAborted', statusCode: 499, ownMessage: aborted('vmapi').ownMessage };
  await assert.rejects(
    call('vmapi', { reqId: 'r', signal: AbortSignal.abort() }, () => assert.fail('not sent')),
    gone,
  );
  const stop = new AbortController();
  let answer: Answer | undefined;
  const pending = call(
    'vmapi',
    { reqId: 'r', signal: stop.signal },
    (_options, callback) => (answer = callback),
  );
  stop.abort();
  await assert.rejects(pending, gone);
  answer?.(null, 5);
});

test('TritonError: the wire has our own words only', () => {
  const err = new TritonError('X', 500, 'own', [FIELD], new Error('a secret path'));
  assert.deepEqual(err.body(), { code: 'X', message: 'own', errors: [FIELD] });
  assert.deepEqual(new TritonError('X', 500, '100%s %d').body(), { code: 'X', message: '100%s %d' });
});
