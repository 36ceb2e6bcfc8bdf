// The token flow of lib/registry against a registry and a token server of our own: what is sent where, and what is refused.
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { createRegistryClient, type RegistryClient } from '#lib/registry/client.ts';
import type { Credentials } from '#lib/registry/credentials.ts';
import { parseNormalizedNamed } from '#lib/registry/reference.ts';
import { type Answer, log, type OwnServer, ownServer, reply, smallImage } from './own-server.ts';

const NONE: Credentials = { username: '', password: '', identityToken: '', registryToken: '' };
const USER = { ...NONE, username: 'ursula', password: 'pass:word' };
const BASIC = `Basic ${Buffer.from('ursula:pass:word').toString('base64')}`;
const AMD64 = { os: 'linux', architecture: 'amd64' };
const image = smallImage();

let registry: OwnServer;
let tokens: OwnServer;
let client: RegistryClient;
let challenge: string | undefined;
/** Authorization headers that the registry accepts. */
let accepted: (authorization: string | undefined) => boolean;
let tokenAnswer: Answer;

before(async () => {
  registry = await ownServer((asked, res) => {
    if (!accepted(asked.headers.authorization)) {
      return reply(
        res,
        401,
        { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] },
        challenge ? { 'www-authenticate': challenge } : {},
      );
    }
    if (asked.url === '/v2/') return reply(res, 200, {});
    if (asked.url.startsWith('/v2/team/app/manifests/'))
      return reply(res, 200, image.manifest, { 'content-type': image.type });
    return reply(res, 404, '');
  });
  tokens = await ownServer((asked, res) => tokenAnswer(asked, res));
  client = createRegistryClient({ mirrors: {}, insecure: ['127.0.0.1'] }, log);
});
beforeEach(() => {
  registry.asked.length = 0;
  tokens.asked.length = 0;
  challenge = `Bearer realm="${tokens.url}/token",service="reg",scope="repository:other:push"`;
  accepted = (authorization) => authorization === 'Bearer good';
  tokenAnswer = (_asked, res) => reply(res, 200, { token: 'good' });
});
after(async () => {
  client.close();
  await registry.close();
  await tokens.close();
});

const resolve = (credentials: Credentials | null) =>
  client.resolve(parseNormalizedNamed(`${registry.host}/team/app:1`), { credentials, platform: AMD64 });
/** Requests over plain http only: the https that an insecure registry is tried with first never becomes one. */
const authorizations = () => registry.asked.map(({ headers }) => headers.authorization);

it('anonymous: a token for pulling this repository, whatever scope the challenge wants', async () => {
  assert.equal((await resolve(null)).digest, image.digest);
  assert.equal(tokens.asked.length, 1);
  const [asked] = tokens.asked;
  const query = new URL(asked?.url ?? '', tokens.url).searchParams;
  assert.deepEqual(Object.fromEntries(query), { service: 'reg', scope: 'repository:team/app:pull' });
  assert.equal(asked?.headers.authorization, undefined);
  assert.deepEqual(authorizations(), [undefined, 'Bearer good']);
});

it('name and password go to the token server only, never to the registry', async () => {
  await resolve(USER);
  const [asked] = tokens.asked;
  assert.equal(asked?.method, 'GET');
  assert.equal(asked?.headers.authorization, BASIC);
  assert.equal(new URL(asked?.url ?? '', tokens.url).searchParams.get('account'), 'ursula');
  assert.ok(!asked?.url.includes('word'));
  assert.deepEqual(authorizations(), [undefined, 'Bearer good']);
});

it('an identity token is traded in by POST, in the body', async () => {
  tokenAnswer = (_asked, res) => reply(res, 200, { access_token: 'good' });
  await resolve({ ...NONE, identityToken: 'refresh me' });
  const [asked] = tokens.asked;
  assert.equal(asked?.method, 'POST');
  assert.equal(asked?.url, '/token');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(asked?.body)), {
    service: 'reg',
    scope: 'repository:team/app:pull',
    grant_type: 'refresh_token',
    refresh_token: 'refresh me',
    client_id: 'sdc-docker',
  });
  assert.equal(asked?.headers.authorization, undefined);
});

it('a registry token is sent as it is, no server asked', async () => {
  await resolve({ ...NONE, registryToken: 'good' });
  assert.deepEqual(tokens.asked, []);
  assert.deepEqual(authorizations(), [undefined, 'Bearer good']);
});

it('Basic', async () => {
  challenge = 'Basic realm="reg"';
  accepted = (authorization) => authorization === BASIC;
  assert.equal((await resolve(USER)).digest, image.digest);
  await assert.rejects(resolve(null), { kind: 'unauthorized', message: 'no basic auth credentials' });
  // wrong ones are sent once, not for ever
  registry.asked.length = 0;
  await assert.rejects(resolve({ ...USER, password: 'wrong' }), {
    kind: 'unauthorized',
    message: 'unauthorized: authentication required',
  });
  assert.equal(registry.asked.length, 2);
});

it('Bearer wins over Basic when both are offered', async () => {
  challenge = `Basic realm="reg", Bearer realm="${tokens.url}/token",service="reg"`;
  await resolve(USER);
  assert.deepEqual(authorizations(), [undefined, 'Bearer good']);
});

it('a token that has run out is renewed, once', async () => {
  let given = 0;
  tokenAnswer = (_asked, res) => reply(res, 200, { token: ++given === 1 ? 'old' : 'good' });
  assert.equal((await resolve(null)).digest, image.digest);
  assert.deepEqual(authorizations(), [undefined, 'Bearer old', 'Bearer good']);

  registry.asked.length = 0;
  tokenAnswer = (_asked, res) => reply(res, 200, { token: 'never' });
  await assert.rejects(resolve(null), { kind: 'unauthorized' });
  assert.equal(registry.asked.length, 3);
});

const REFUSED: [what: string, answer: Answer, kind: string, message: RegExp][] = [
  [
    'it refuses',
    (_a, res) => reply(res, 401, { details: 'incorrect username or password' }),
    'unauthorized',
    /^unauthorized: incorrect username or password$/,
  ],
  [
    'it answers html',
    (_a, res) => reply(res, 200, '<html>very-secret'),
    'invalid',
    /did not include a token/,
  ],
  ['it has no token', (_a, res) => reply(res, 200, { token: '' }), 'invalid', /did not include a token/],
  [
    'its token is no text',
    (_a, res) => reply(res, 200, { token: ['good'] }),
    'invalid',
    /did not include a token/,
  ],
  [
    'its token would be two headers',
    (_a, res) => reply(res, 200, { token: 'good\r\nX-Injected: 1' }),
    'invalid',
    /did not include a token/,
  ],
  [
    'its answer never ends',
    (_a, res) => reply(res, 200, 'x'.repeat(1024 * 1024 + 1)),
    'invalid',
    /larger than 1048576 bytes/,
  ],
  ['it is in trouble', (_a, res) => reply(res, 503, ''), 'refused', /unexpected HTTP status: 503/],
];
for (const [what, answer, kind, message] of REFUSED) {
  it(`the token server: ${what}`, async () => {
    tokenAnswer = answer;
    await assert.rejects(resolve(USER), (err: Error & { kind: string }) => {
      assert.equal(err.kind, kind);
      assert.match(err.message, message);
      assert.ok(!err.message.includes('very-secret') && !err.message.includes('word"'));
      return true;
    });
    assert.ok(authorizations().every((one) => one === undefined));
  });
}

const REALMS: [what: string, realm: () => string, message: RegExp][] = [
  [
    'on another host without TLS',
    () => tokens.url.replace('127.0.0.1', 'localhost'),
    /token server http:\/\/localhost:\d+ is not https/,
  ],
  ['a file', () => 'file:///etc/passwd', /is not https/],
  ['missing', () => '', /names no valid token server/],
  ['no url', () => 'token', /names no valid token server/],
];
for (const [what, realm, message] of REALMS) {
  it(`a realm ${what} gets no credentials`, async () => {
    challenge = `Bearer realm="${realm()}",service="reg"`;
    await assert.rejects(resolve(USER), { kind: 'invalid', message });
    assert.deepEqual(tokens.asked, []);
  });
}

it('three requests at once ask for one token', async () => {
  const { repository } = await resolve(null);
  tokens.asked.length = 0;
  accepted = (authorization) => authorization === 'Bearer newer';
  tokenAnswer = (_asked, res) => reply(res, 200, { token: 'newer' });
  const blob = { mediaType: '', digest: image.digest, size: 3 };
  await Promise.allSettled([1, 2, 3].map(() => repository.readBlob(blob)));
  assert.equal(tokens.asked.length, 1);
});

it('an abort while the token is asked for ends the pull with its reason', async () => {
  const stop = new AbortController();
  const reason = new Error('given up');
  tokenAnswer = () => stop.abort(reason);
  const ref = parseNormalizedNamed(`${registry.host}/team/app:1`);
  await assert.rejects(
    client.resolve(ref, { credentials: USER, platform: AMD64, signal: stop.signal }),
    reason,
  );
});
