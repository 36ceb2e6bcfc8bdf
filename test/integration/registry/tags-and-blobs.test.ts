// Tags page by page and blobs that break off: lib/registry/tags.ts and blob.ts against a registry of our own.
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { createRegistryClient, type RegistryClient } from '#lib/registry/client.ts';
import { parseNormalizedNamed } from '#lib/registry/reference.ts';
import { type Answer, digestOf, log, type OwnServer, ownServer, reply, smallImage } from './own-server.ts';

const image = smallImage();
const blobOf = (bytes: Buffer) => ({ mediaType: '', digest: digestOf(bytes), size: bytes.length });

let answer: Answer;
let server: OwnServer;
let client: RegistryClient;

const usual: Answer = ({ url }, res) => {
  if (url === '/v2/') return reply(res, 200, {});
  if (url === '/v2/a/manifests/1') return reply(res, 200, image.manifest, { 'content-type': image.type });
  if (url === `/v2/a/blobs/${digestOf(image.config)}`) return reply(res, 200, image.config);
  return reply(res, 404, '');
};
before(async () => {
  server = await ownServer((asked, res) => answer(asked, res));
  client = createRegistryClient({ mirrors: {}, insecure: ['127.0.0.1'] }, log);
});
beforeEach(() => {
  server.asked.length = 0;
  answer = usual;
});
after(async () => {
  client.close();
  await server.close();
});
const resolve = (name: string) =>
  client.resolve(parseNormalizedNamed(name), {
    credentials: null,
    platform: { os: 'linux', architecture: 'amd64' },
  });
const tags = (name = `${server.host}/a`) => client.tags(parseNormalizedNamed(name), { credentials: null });
it('tags, page by page; the next page is always of the same repository on the same server', async () => {
  answer = (asked, res) => {
    if (asked.url === '/v2/') return reply(res, 200, {});
    if (asked.url === '/v2/a/tags/list')
      return reply(
        res,
        200,
        { tags: ['1', '2'] },
        { link: `<http://127.0.0.1:1/v2/secret/tags/list?n=2&last=2>; rel="next"` },
      );
    if (asked.url === '/v2/a/tags/list?n=2&last=2')
      return reply(res, 200, { tags: ['3'] }, { link: '</v2/a/tags/list?n=2&last=3>; rel=next' });
    if (asked.url === '/v2/a/tags/list?n=2&last=3')
      return reply(res, 200, { tags: null }, { link: '</v2/a/tags/list>; rel="prev"' });
    return reply(res, 500, '');
  };
  assert.deepEqual(await tags(), ['1', '2', '3']);
});

it('very many tags on one page are no trouble; a list without an end is refused', async () => {
  const many = Array.from({ length: 300_000 }, (_unused, i) => `t${i}`);
  answer = (asked, res) => (asked.url === '/v2/' ? reply(res, 200, {}) : reply(res, 200, { tags: many }));
  assert.equal((await tags()).length, many.length);
  answer = (asked, res) =>
    asked.url === '/v2/'
      ? reply(res, 200, {})
      : reply(res, 200, { tags: many }, { link: '</?again>; rel="next"' });
  await assert.rejects(tags(), { kind: 'invalid', message: 'the registry lists too many tags' });
  assert.ok(server.asked.length < 20);
});

for (const body of ['{', '[]', 'null', '{"tags":"a"}', '{"tags":["a",5]}', '{}']) {
  it(`no list of tags: ${body}`, async () => {
    answer = (asked, res) => (asked.url === '/v2/' ? reply(res, 200, {}) : reply(res, 200, body));
    await assert.rejects(tags(), { kind: 'invalid', message: 'the registry sent no valid list of tags' });
  });
}

it('tags of a repository that is not there', async () => {
  answer = (asked, res) =>
    asked.url === '/v2/'
      ? reply(res, 200, {})
      : reply(res, 404, {
          errors: [{ code: 'NAME_UNKNOWN', message: 'repository name not known to registry' }],
        });
  await assert.rejects(tags(), {
    kind: 'notFound',
    message: `repository ${server.host}/a not found: name unknown: repository name not known to registry`,
  });
});

/** A blob request goes to `serve`, everything else is as usual. */
const blobs = (serve: Answer): void => {
  answer = (asked, res) => (asked.url.startsWith('/v2/a/blobs/') ? serve(asked, res) : usual(asked, res));
};
async function whole(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

it('a blob that breaks off goes on where it was, with the ranges that the server knows', async () => {
  const { repository } = await resolve(`${server.host}/a:1`);
  const ranges: (string | undefined)[] = [];
  blobs(({ headers }, res) => {
    ranges.push(headers.range);
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    if (from > 0)
      return reply(res, 206, image.layer.subarray(from), {
        'content-range': `bytes ${from}-${image.layer.length - 1}/${image.layer.length}`,
      });
    res.writeHead(200, { 'content-length': image.layer.length });
    res.write(image.layer.subarray(0, 1000), () => res.destroy());
  });
  const retries: number[] = [];
  const got = await whole(
    repository.blob(blobOf(image.layer), { onRetry: (_err, seconds) => retries.push(seconds) }),
  );
  assert.ok(got.equals(image.layer));
  assert.deepEqual(ranges, [undefined, 'bytes=1000-']);
  assert.deepEqual(retries, [0.5]);
});

it('a server that knows no ranges begins again: nothing comes twice', async () => {
  const { repository } = await resolve(`${server.host}/a:1`);
  let tries = 0;
  blobs((_asked, res) => {
    if (++tries > 1) return reply(res, 200, image.layer);
    res.writeHead(200, { 'content-length': image.layer.length });
    res.write(image.layer.subarray(0, 1234), () => res.destroy());
  });
  assert.ok((await whole(repository.blob(blobOf(image.layer)))).equals(image.layer));
  assert.equal(tries, 2);
});

const FINAL: [what: string, serve: Answer, error: object][] = [
  [
    'more bytes than announced',
    (_a, res) => reply(res, 200, Buffer.alloc(image.layer.length + 1)),
    { kind: 'invalid', message: /is larger than its manifest says$/ },
  ],
  [
    'another range than asked for',
    (_a, res) => reply(res, 206, 'x', { 'content-range': 'bytes 5-5/9' }),
    { kind: 'invalid', message: /another range than asked for$/ },
  ],
  [
    'gone',
    (_a, res) => reply(res, 404, { errors: [{ code: 'BLOB_UNKNOWN', message: 'b' }] }),
    { kind: 'notFound', message: 'blob unknown: b' },
  ],
  ['refused', (_a, res) => reply(res, 403, ''), { kind: 'notFound', code: 'DENIED' }],
];
for (const [what, serve, error] of FINAL) {
  it(`a blob that no other try mends: ${what}`, async () => {
    const { repository } = await resolve(`${server.host}/a:1`);
    let tries = 0;
    blobs((asked, res) => {
      tries++;
      serve(asked, res);
    });
    await assert.rejects(whole(repository.blob(blobOf(image.layer))), error);
    assert.equal(tries, 1);
  });
}

it('a small blob is read whole and its digest checked', async () => {
  const { repository } = await resolve(`${server.host}/a:1`);
  assert.ok((await repository.readBlob(blobOf(image.config))).equals(image.config));
  blobs((_asked, res) => reply(res, 200, Buffer.alloc(image.config.length)));
  await assert.rejects(repository.readBlob(blobOf(image.config)), {
    kind: 'invalid',
    message: /verification failed for digest/,
  });
  const before = server.asked.length;
  await assert.rejects(repository.readBlob({ ...blobOf(image.config), size: 8 * 1024 * 1024 + 1 }), {
    kind: 'invalid',
    message: /is too large$/,
  });
  assert.equal(server.asked.length, before);
});

it('an abort during a blob, and during the pause before the next try', async () => {
  const { repository } = await resolve(`${server.host}/a:1`);
  const reason = new Error('given up');
  const first = new AbortController();
  blobs((_asked, res) => {
    res.writeHead(200, { 'content-length': image.layer.length }).write('x', () => first.abort(reason));
  });
  await assert.rejects(whole(repository.blob(blobOf(image.layer), { signal: first.signal })), reason);
  const second = new AbortController();
  blobs((_asked, res) => reply(res, 503, ''));
  const retried = repository.blob(blobOf(image.layer), {
    signal: second.signal,
    onRetry: () => queueMicrotask(() => second.abort(reason)),
  });
  await assert.rejects(whole(retried), (err: Error) => err === reason || err.cause === reason);
});
