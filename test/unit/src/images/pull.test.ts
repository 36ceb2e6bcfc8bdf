// A pull: what is asked, the lines and bars that are shown, the errors, and the records it leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '#lib/store/sqlite-store.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { ImportLine } from '#lib/wire/types.ts';
import { platformMismatch } from '#src/api/platform.ts';
import { parseName } from '#src/images/lookup.ts';
import { decodePlatform } from '#src/images/platform.ts';
import { humanSize, progressText } from '#src/images/progress-text.ts';
import { fromErrorLine, isAfterFirstLine, toPullError } from '#src/images/pull-errors.ts';
import { pullingFrom, toPullMessage } from '#src/images/pull-messages.ts';
import { parsePull } from '#src/images/pull-request.ts';
import { type CreatedImage, recordImage } from '#src/images/record-image.ts';
import { parseNewTag } from '#src/images/tag.ts';
import { buildImage, digest, OWNER } from './image-record.ts';

const bar = (filled: number): string => `[${'='.repeat(filled)}>${' '.repeat(50 - filled)}] `;

test('progress text', () => {
  const cases: [number, number, string][] = [
    [0, 0, ''],
    [1, 0, '      1B'],
    [20, 100, `${bar(10)}     20B/100B`],
    [50, 50, `${bar(50)}     50B/50B`],
    [1_234_567, 3_000_000, `${bar(20)} 1.235MB/3MB`],
    [200, 100, `${bar(50)}    200B`],
    [0, 100, `${bar(0)}      0B/100B`],
  ];
  for (const [current, total, text] of cases) assert.equal(progressText(current, total), text);
  assert.deepEqual([999, 1000, 1536, 3.42e9].map(humanSize), ['999B', '1kB', '1.536kB', '3.42GB']);
});

test('lines', () => {
  const ref = parseName('localhost:5000/team/app:v1');
  const id = 'localhost:5000/team/app';
  const cases: [Parameters<typeof toPullMessage>[0], object | null][] = [
    [
      { type: 'status', id, payload: { id: 'v1', status: 'Pulling from localhost:5000/team/app' } },
      { status: 'Pulling from team/app', id: 'v1' },
    ],
    [{ type: 'status', id, payload: { status: 'Digest: sha256:1' } }, { status: 'Digest: sha256:1' }],
    [{ type: 'status', id, payload: { status: 'Status: Downloaded newer image for x' } }, null],
    [
      { type: 'progress', id, payload: { id: 'abc', status: 'Pulling fs layer', progressDetail: {} } },
      { status: 'Pulling fs layer', progressDetail: {}, id: 'abc' },
    ],
    [
      {
        type: 'progress',
        id,
        payload: { id: 'abc', status: 'Downloading', progressDetail: { current: 20, total: 100 } },
      },
      {
        status: 'Downloading',
        progressDetail: { current: 20, total: 100 },
        progress: `${bar(10)}     20B/100B`,
        id: 'abc',
      },
    ],
    [
      {
        type: 'progress',
        id,
        payload: { id: 'abc', status: 'Downloading', progressDetail: { current: 20, total: -1, start: 0 } },
      },
      { status: 'Downloading', progressDetail: { current: 20 }, progress: '     20B', id: 'abc' },
    ],
  ];
  for (const [line, message] of cases) assert.deepEqual(toPullMessage(line, ref), message);
  assert.deepEqual(pullingFrom(parseName('busybox')), {
    status: 'Pulling from library/busybox',
    id: 'latest',
  });
});

test('what is asked', () => {
  const auth = Buffer.from(JSON.stringify({ username: 'u', password: 'p' })).toString('base64');
  const parse = (query: Record<string, string>, header?: string, version = 55) =>
    parsePull(query, { 'x-registry-auth': header }, version);
  const busybox = { domain: 'docker.io', path: 'library/busybox' };
  const cases: [Record<string, string>, object][] = [
    [
      { fromImage: 'busybox', tag: 'latest' },
      { ...busybox, tag: 'latest' },
    ],
    [{ fromImage: 'busybox' }, busybox],
    [{ fromImage: 'busybox:' }, busybox],
    [
      { fromImage: 'busybox:1', tag: '2' },
      { ...busybox, tag: '2' },
    ],
    [
      { fromImage: 'busybox:1', tag: digest('a') },
      { ...busybox, digest: digest('a') },
    ],
    [{ fromImage: `busybox@${digest('a')}` }, { ...busybox, digest: digest('a') }],
  ];
  for (const [query, ref] of cases) assert.deepEqual(parse(query).ref, ref, JSON.stringify(query));
  const busyboxQuery = { fromImage: 'busybox', platform: 'linux/arm64' };
  assert.equal(parse(busyboxQuery).platform?.text, 'linux/arm64');
  assert.equal(parse({ fromImage: 'busybox', platform: 'arm64' }).platform?.text, 'linux/arm64');
  assert.equal(parse(busyboxQuery, undefined, 31).platform, null);
  assert.equal(parse(busyboxQuery, auth).registryAuth, auth);
  for (const header of ['e30=', 'not base64 json', ''])
    assert.equal(parse(busyboxQuery, header).registryAuth, undefined);
  const refused: [Record<string, string>, string, RegExp][] = [
    [{ fromImage: 'UPPER' }, 'invalid', /repository name .* must be lowercase/],
    [{ fromImage: 'busybox', tag: 'a b' }, 'invalid', /invalid tag format/],
    [{ fromImage: 'scratch' }, 'forbidden', /'scratch' is a reserved name/],
    [{ fromImage: 'busybox', platform: 'a b' }, 'invalid', /is an invalid component of/],
    [
      { fromImage: 'busybox', platform: 'foobar' },
      'invalid',
      /^"foobar": unknown operating system or architecture: invalid argument$/,
    ],
  ];
  for (const [query, kind, clientMessage] of refused) {
    assert.throws(
      () => parse(query),
      (err: { kind: string; clientMessage: string }) => {
        assert.equal(err.kind, kind);
        assert.match(err.clientMessage, clientMessage);
        return true;
      },
    );
  }
});

test('errors', () => {
  const line = (code: string) => fromErrorLine({ code, message: 'm' }).kind;
  assert.deepEqual(
    ['ResourceNotFound', 'RegistryUnauthorized', 'RemoteSourceError', 'InternalError', 'Whatever'].map(line),
    ['notFound', 'unauthorized', 'internal', 'internal', 'internal'],
  );
  const cases: [TritonError, string, string][] = [
    [new TritonError('InvalidParameter', 422, 'no platform'), 'invalid', 'no platform'],
    [new TritonError('NotImplemented', 400, 'no tokens'), 'invalid', 'no tokens'],
    [
      new TritonError('ServiceUnavailable', 503, 'imgapi cannot be reached'),
      'unavailable',
      'imgapi cannot be reached',
    ],
  ];
  for (const [err, kind, message] of cases) {
    assert.deepEqual([toPullError(err).kind, toPullError(err).clientMessage], [kind, message]);
  }
  assert.equal(toPullError(new Error('secret')).clientMessage.includes('secret'), false);
  assert.equal(isAfterFirstLine('no matching manifest for linux/arm in the manifest list entries'), true);
});

function created(digit: string, over: Partial<CreatedImage> = {}): CreatedImage {
  const line: ImportLine = {
    type: 'create-docker-image',
    id: 'docker.io/busybox',
    config_digest: digest(digit),
    head: true,
    image: buildImage(digit).image,
    image_uuid: 'u',
    manifest_digest: digest('e'),
    manifest_str: '{}',
    size: 5,
    dockerImageVersion: '2.2',
  };
  return { ...line, ...over };
}

test('records', () => {
  const store = openStore(':memory:');
  const record = (name: string, line: CreatedImage) => recordImage(store, OWNER, parseName(name), line);
  assert.equal(record('busybox:latest', created('1')), true);
  assert.equal(record('busybox:latest', created('1')), false, 'up to date');
  assert.equal(record('busybox:1', created('1')), true, 'another tag of the same image');
  assert.equal(record(`busybox@${digest('e')}`, created('1')), false, 'the digest is known by the tag');
  const first = store.images.get(OWNER, digest('1'));
  assert.deepEqual(first?.repo_digests, [`busybox@${digest('e')}`]);
  assert.equal(first?.created, 1727386302);
  assert.equal(first?.last_tagged, undefined);

  assert.equal(
    record('busybox:latest', created('2', { manifest_digest: digest('f') })),
    true,
    'the tag moves',
  );
  assert.equal(store.tags.get(OWNER, 'busybox', 'latest')?.config_digest, digest('2'));
  assert.deepEqual(
    store.tags.ofImage(OWNER, digest('1')).map((tag) => tag.tag),
    ['1'],
  );
  // Another platform of the same manifest list: the digest stays with the first.
  assert.equal(record('busybox:arm', created('3')), true);
  assert.deepEqual(store.images.get(OWNER, digest('3'))?.repo_digests, []);
  assert.throws(() => record(`busybox@${digest('e')}`, created('3')), {
    kind: 'conflict',
    clientMessage: `cannot overwrite digest ${digest('e')}`,
  });
  assert.deepEqual(store.images.list('another account'), []);
  store.close();
});

test('new tags', () => {
  assert.deepEqual(parseNewTag('mine', ''), { domain: 'docker.io', path: 'library/mine', tag: 'latest' });
  assert.equal(parseNewTag('mine:1', '').tag, '1');
  assert.equal(parseNewTag('mine:1', '2').tag, '2');
  const refused: [string, string, RegExp][] = [
    ['', '', /invalid reference format/],
    ['UPPER', '', /must be lowercase/],
    [`mine@${digest('a')}`, '', /cannot import digest reference/],
    ['sha256', 'x', /refusing to create an ambiguous tag using digest algorithm as name/],
    ['mine', 'a b', /invalid tag format/],
  ];
  for (const [repo, tag, text] of refused) assert.throws(() => parseNewTag(repo, tag), text);
});

test('platforms', () => {
  assert.equal(decodePlatform(''), null);
  const arm = decodePlatform('{"os":"linux","architecture":"arm64","variant":"v8"}')!;
  assert.equal(
    platformMismatch(buildImage('1'), arm, 'busybox:latest'),
    'image with reference busybox:latest was found but its platform (linux/amd64) does not match the specified platform (linux/arm64/v8)',
  );
  assert.equal(platformMismatch(buildImage('1'), { os: 'linux', architecture: 'amd64' }, 'x'), null);
  assert.equal(
    platformMismatch(buildImage('1', { image: { os: 'linux', architecture: 'arm64' } }), arm, 'x'),
    null,
  );
  assert.throws(() => decodePlatform('{"os":"linux"}'), /both OS and Architecture must be provided/);
  assert.throws(() => decodePlatform('{"variant":"v8"}'), /optional platform fields provided/);
  assert.throws(() => decodePlatform('x'), /failed to parse platform: /);
});
