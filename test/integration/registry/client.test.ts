// lib/registry/client.ts on real sockets: mirrors, TLS or not, indexes.
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { createRegistryClient, type RegistryClient } from '#lib/registry/client.ts';
import { parseNormalizedNamed } from '#lib/registry/reference.ts';
import {
  type Answer,
  digestOf,
  log,
  type OwnServer,
  ownServer,
  reply,
  selfSigned,
  smallImage,
} from './own-server.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };
const USER = { username: 'u', password: 'p', identityToken: '', registryToken: '' };
const INDEX = 'application/vnd.oci.image.index.v1+json';
const image = smallImage();

let answer: Answer;
let server: OwnServer;
let mirror: OwnServer;
let secure: OwnServer;
let client: RegistryClient;
let answerMirror: Answer;

const usual: Answer = ({ url }, res) => {
  if (url === '/v2/') return reply(res, 200, {});
  if (url === `/v2/a/blobs/${digestOf(image.config)}`) return reply(res, 200, image.config);
  if (url === '/v2/a/manifests/1' || url === `/v2/a/manifests/${image.digest}`)
    return reply(res, 200, image.manifest, { 'content-type': image.type });
  return reply(res, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] });
};
before(async () => {
  server = await ownServer((asked, res) => answer(asked, res));
  mirror = await ownServer((asked, res) => answerMirror(asked, res));
  secure = await ownServer((asked, res) => answer(asked, res), {
    tls: await selfSigned(),
    address: '127.0.0.2',
  });
  const mirrors = { [server.host]: [`${mirror.url}/under/`], 'down.example:1': ['http://127.0.0.1:1'] };
  client = createRegistryClient({ mirrors, insecure: ['127.0.0.1'] }, log);
});
beforeEach(() => {
  for (const one of [server, mirror, secure]) one.asked.length = 0;
  answer = usual;
  answerMirror = (_asked, res) => reply(res, 404, '');
});
after(async () => {
  client.close();
  for (const one of [server, mirror, secure]) await one.close();
});
const resolve = (name: string, credentials: typeof USER | null = null) =>
  client.resolve(parseNormalizedNamed(name), { credentials, platform: AMD64 });

it('by tag and by digest; the manifest stays as served', async () => {
  const found = await resolve(`${server.host}/a:1`);
  assert.equal(found.digest, image.digest);
  assert.equal(found.manifest.text, image.manifest.toString());
  assert.equal(found.repository.origin, server.url);
  assert.equal((await resolve(`${server.host}/a@${image.digest}`)).digest, image.digest);
});

it('another manifest than the digest names is refused', async () => {
  answer = (asked, res) =>
    asked.url === '/v2/'
      ? reply(res, 200, {})
      : reply(res, 200, image.manifest, { 'content-type': image.type });
  await assert.rejects(resolve(`${server.host}/a@sha256:${'0'.repeat(64)}`), {
    kind: 'invalid',
    message: /manifest verification failed/,
  });
});

it('an index: the platform is chosen, its manifest checked, the digest is that of the index', async () => {
  const entry = (digest: string, architecture: string) => ({
    mediaType: image.type,
    digest,
    size: image.manifest.length,
    platform: { os: 'linux', architecture },
  });
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      manifests: [entry(`sha256:${'1'.repeat(64)}`, 'arm64'), entry(image.digest, 'amd64')],
    }),
  );
  let served = image.manifest;
  let type = image.type;
  answer = (asked, res) => {
    if (asked.url === '/v2/a/manifests/many') return reply(res, 200, index, { 'content-type': INDEX });
    if (asked.url === `/v2/a/manifests/${image.digest}`)
      return reply(res, 200, served, { 'content-type': type });
    return usual(asked, res);
  };
  const found = await resolve(`${server.host}/a:many`);
  assert.equal(found.digest, digestOf(index));
  assert.equal(found.manifest.digest, image.digest);
  await assert.rejects(
    client.resolve(parseNormalizedNamed(`${server.host}/a:many`), {
      credentials: null,
      platform: { os: 'linux', architecture: 's390x' },
    }),
    { kind: 'notFound' },
  );
  served = Buffer.from('{}');
  await assert.rejects(resolve(`${server.host}/a:many`), { kind: 'invalid', message: /verification failed/ });
  served = image.manifest;
  type = 'application/vnd.oci.image.index.v1+json';
  await assert.rejects(resolve(`${server.host}/a:many`), {
    kind: 'invalid',
    message: /conflicts with content type/,
  });
});

it('a manifest larger than 4 MiB is refused', async () => {
  answer = (asked, res) =>
    asked.url === '/v2/' ? reply(res, 200, {}) : reply(res, 200, Buffer.alloc(4 * 1024 * 1024 + 1, ' '));
  await assert.rejects(resolve(`${server.host}/a:1`), {
    kind: 'invalid',
    message: /larger than 4194304 bytes/,
  });
});

it('a mirror is asked first, below its path, and gets no credentials', async () => {
  answerMirror = (asked, res) => usual({ ...asked, url: asked.url.replace('/under', '') }, res);
  const found = await resolve(`${server.host}/a:1`, USER);
  assert.equal(found.repository.origin, mirror.url);
  assert.deepEqual(
    mirror.asked.map(({ url }) => url),
    ['/under/v2/', '/under/v2/a/manifests/1'],
  );
  assert.deepEqual(server.asked, []);

  answerMirror = (_asked, res) => reply(res, 401, '', { 'www-authenticate': 'Basic realm="give"' });
  assert.equal((await resolve(`${server.host}/a:1`, USER)).repository.origin, server.url);
  assert.ok(mirror.asked.every(({ headers }) => headers.authorization === undefined));
});

it('a mirror that lies about a digest, or is down, does not hide the registry', async () => {
  answerMirror = (asked, res) =>
    asked.url === '/under/v2/' ? reply(res, 200, {}) : reply(res, 200, '{}', { 'content-type': image.type });
  const found = await resolve(`${server.host}/a@${image.digest}`);
  assert.equal(found.repository.origin, server.url);
});

it("the registry's refusal is told rather than the mirror's silence", async () => {
  const down = createRegistryClient(
    { mirrors: { [server.host]: ['http://127.0.0.1:1'] }, insecure: ['127.0.0.1'] },
    log,
  );
  const name = `${server.host}/a:none`;
  await assert.rejects(down.resolve(parseNormalizedNamed(name), { credentials: null, platform: AMD64 }), {
    kind: 'notFound',
    message: `manifest for ${name} not found: manifest unknown: manifest unknown`,
  });
  down.close();
});

it('no plain http and no unverified TLS unless the operator said so (CVE-2014-5277)', async () => {
  const strict = createRegistryClient({ mirrors: {}, insecure: [] }, log);
  const platform = AMD64;
  await assert.rejects(
    strict.resolve(parseNormalizedNamed(`${server.host}/a:1`), { credentials: USER, platform }),
    {
      kind: 'unreachable',
      message: /http: server gave HTTP response to HTTPS client$/,
    },
  );
  await assert.rejects(
    strict.resolve(parseNormalizedNamed(`${secure.host}/a:1`), { credentials: USER, platform }),
    {
      kind: 'unreachable',
      message: /certificate signed by unknown authority$/,
    },
  );
  assert.deepEqual([...server.asked, ...secure.asked], []);
  strict.close();
});

it('an insecure registry with TLS keeps TLS: its refusal is no reason for plain http', async () => {
  const lax = createRegistryClient({ mirrors: {}, insecure: [secure.host] }, log);
  assert.equal(
    (await lax.resolve(parseNormalizedNamed(`${secure.host}/a:1`), { credentials: null, platform: AMD64 }))
      .repository.origin,
    secure.url,
  );
  await assert.rejects(
    lax.resolve(parseNormalizedNamed(`${secure.host}/a:none`), { credentials: null, platform: AMD64 }),
    { kind: 'notFound' },
  );
  lax.close();
});
