// CoaL's IMGAPI, the pure parts: image configuration, chain ids, the layer manifest with Triton's uuid rule, list filters.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chainIds, parseImageConfig } from '#lib/coal/imgapi/image-config.ts';
import { imageUuid, layerManifest } from '#lib/coal/imgapi/layer-manifest.ts';
import { selectImages } from '#lib/coal/imgapi/list-images.ts';
import { parseManifest } from '#lib/registry/manifest.ts';
import type { ImageManifest } from '#lib/wire/types.ts';

const RECORDED = '/work/shared/reference/triton-recorded/imgapi';
const OWNER = '930896af-bf8c-48d4-885c-6573a94b1853';
const D = (digit: string): string => `sha256:${digit.repeat(64)}`;

test('an image configuration: diff ids as they stand, os by default', () => {
  const config = { os: 'linux', rootfs: { type: 'layers', diff_ids: [D('a'), D('b')] }, extra: 1 };
  assert.deepEqual(parseImageConfig(JSON.stringify(config), 2), { json: config, diffIds: [D('a'), D('b')] });
  assert.deepEqual(parseImageConfig(Buffer.from('{}'), 0), { json: {}, diffIds: [] });
  assert.deepEqual(parseImageConfig('{"os":""}', 0).diffIds, []);
});

const ROOTFS = /^invalid rootfs in image configuration$/;
const BAD: [config: unknown, layers: number, message: RegExp][] = [
  ['{', 0, /^invalid image configuration$/],
  ['null', 0, /^invalid image configuration$/],
  ['[]', 0, /^invalid image configuration$/],
  [{ rootfs: { diff_ids: 'x' } }, 1, ROOTFS],
  [{ rootfs: { diff_ids: [5] } }, 1, ROOTFS],
  [{ rootfs: { diff_ids: ['../../etc'] } }, 1, ROOTFS],
  [{ rootfs: { diff_ids: [`${D('a')} `] } }, 1, ROOTFS],
  [{ rootfs: { diff_ids: [D('a')] } }, 2, /^layers from manifest don't match image configuration$/],
  [{ rootfs: { diff_ids: [D('a')] } }, 0, /^layers from manifest don't match/],
  [{ rootfs: null }, 1, /^layers from manifest don't match/],
  [{ os: 'windows' }, 0, /^image operating system "windows" cannot be used on this platform$/],
  [{ os: 5 }, 0, /^image operating system 5 cannot/],
];
for (const [config, layers, message] of BAD) {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  test(`no image configuration for ${layers} layers: ${text.slice(0, 60)}`, () => {
    assert.throws(() => parseImageConfig(text, layers), { name: 'RegistryError', kind: 'invalid', message });
  });
}

test('chain ids, against sha256sum', () => {
  assert.deepEqual(chainIds([]), []);
  assert.deepEqual(chainIds([D('a')]), [D('a')]);
  // printf '%s %s' sha256:aaa… sha256:bbb… | sha256sum
  const two = chainIds([D('a'), D('b'), D('a')]);
  assert.equal(two[1], 'sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c');
  assert.equal(new Set(two).size, 3);
  assert.notEqual(chainIds([D('b'), D('a')])[1], two[1]);
});

test('the uuid of an image is a hash of its layers, base first', () => {
  assert.match(imageUuid([D('a')]), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.notEqual(imageUuid([D('a'), D('b')]), imageUuid([D('b'), D('a')]));
  assert.notEqual(imageUuid([D('a')]), imageUuid([D('a'), D('a')]));
  assert.equal(imageUuid([]), 'e3b0c442-98fc-1c14-9afb-f4c8996fb924');
});

const FACTS = {
  digests: [D('a'), D('b')],
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  size: 5,
  uncompressedSize: 9,
  diffId: D('c'),
};
const IMAGE = {
  config: { architecture: 'amd64', created: '2026-01-02T03:04:05Z', config: { Cmd: ['sh'] } },
  repo: 'user/app',
  owner: OWNER,
  public: false,
};

test('a layer manifest in full', () => {
  assert.deepEqual(layerManifest(FACTS, { ...IMAGE, tag: '1.0' }), {
    v: 2,
    uuid: imageUuid(FACTS.digests),
    owner: OWNER,
    name: 'docker-layer',
    version: 'b'.repeat(12),
    state: 'active',
    disabled: false,
    public: false,
    published_at: '2026-01-02T03:04:05.000Z',
    type: 'docker',
    os: 'linux',
    origin: imageUuid([D('a')]),
    tags: {
      'docker:repo': 'user/app',
      'docker:id': D('b'),
      'docker:architecture': 'amd64',
      'docker:tag:1.0': true,
      'docker:config': { Cmd: ['sh'], Entrypoint: null, Env: null, WorkingDir: '' },
    },
    files: [
      { size: 5, compression: 'gzip', digest: D('b'), uncompressedDigest: D('c'), uncompressedSize: 9 },
    ],
  });
});

const OVER: [what: string, facts: object, config: object, check: (manifest: ImageManifest) => void][] = [
  ['a base layer has no origin', { digests: [D('a')] }, {}, (m) => assert.ok(!('origin' in m))],
  [
    'no layers at all',
    { digests: [], mediaType: '' },
    {},
    (m) => assert.deepEqual([m.version, m.files], ['scratch', [{ size: 5, compression: 'none' }]]),
  ],
  [
    'a date that is none',
    {},
    { created: 'yesterday' },
    (m) => assert.equal(m.published_at, '1970-01-01T00:00:00.000Z'),
  ],
  ['no date', {}, { created: undefined }, (m) => assert.equal(m.published_at, '1970-01-01T00:00:00.000Z')],
  [
    'the comment describes it',
    {},
    { comment: 'c', container_config: { Cmd: ['x'] } },
    (m) => assert.equal(m.description, 'c'),
  ],
  [
    'else the command that made it, cut',
    {},
    { container_config: { Cmd: ['x'.repeat(300)] } },
    (m) => assert.equal(m.description, 'x'.repeat(255)),
  ],
  [
    'odd types',
    {},
    { comment: { a: 1 }, config: 'x', container_config: 5 },
    (m) => assert.equal(m.description, '[object Object]'),
  ],
  [
    'Docker gzip',
    { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' },
    {},
    (m) => assert.equal(m.files[0]?.compression, 'gzip'),
  ],
  [
    'zstd',
    { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' },
    {},
    (m) => assert.equal(m.files[0]?.compression, 'zstd'),
  ],
  [
    'plain',
    { mediaType: 'application/vnd.oci.image.layer.v1.tar' },
    {},
    (m) => assert.equal(m.files[0]?.compression, 'none'),
  ],
];
for (const [what, facts, config, check] of OVER) {
  test(`layer manifest: ${what}`, () =>
    check(layerManifest({ ...FACTS, ...facts }, { ...IMAGE, config: { ...IMAGE.config, ...config } })));
}

if (existsSync(RECORDED)) {
  test('the recorded import of a real IMGAPI gives the same image', () => {
    const read = (file: string) => JSON.parse(readFileSync(`${RECORDED}/${file}`, 'utf8')).response.body;
    const lines = (read('docker-import.json') as string)
      .split('\r\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const made = lines.find((line) => line.type === 'create-docker-image');
    const manifest = parseManifest(Buffer.from(made.manifest_str), undefined, made.manifest_digest);
    assert.equal(manifest.kind, 'image');
    if (manifest.kind !== 'image') return;
    const [layer] = manifest.layers;
    const { json, diffIds } = parseImageConfig(JSON.stringify(made.image), manifest.layers.length);
    assert.equal(imageUuid([layer!.digest]), made.image_uuid);
    const ours = layerManifest(
      {
        digests: [layer!.digest],
        mediaType: layer!.mediaType,
        size: layer!.size,
        uncompressedSize: 0,
        diffId: diffIds[0]!,
      },
      { config: json, repo: '127.0.0.1:5000/busybox', owner: OWNER, public: true },
    );
    const { files: _ours, ...rest } = ours;
    const { files: _theirs, ...theirs } = (read('docker-list.json') as ImageManifest[])[0]!;
    assert.deepEqual(rest, theirs);
  });
} else test('the recorded import', { skip: `NOT TESTED: ${RECORDED} is not on this machine` }, () => {});

const image = (uuid: string, over: Partial<ImageManifest> = {}): ImageManifest => ({
  ...layerManifest(FACTS, IMAGE),
  uuid,
  published_at: `2026-01-0${uuid}T00:00:00.000Z`,
  ...over,
});
const ALL = [
  image('3', { name: 'base-64', type: 'zone-dataset' }),
  image('1'),
  image('2', { state: 'disabled', public: true }),
  image('4', { name: 'base-32', version: '1', owner: 'other', tags: { role: 'x', n: 5 } }),
];
const LISTS: [query: Record<string, string>, uuids: string][] = [
  [{}, '134'],
  [{ state: 'all' }, '1234'],
  [{ state: 'disabled' }, '2'],
  [{ state: 'creating' }, ''],
  [{ state: 'all', public: 'true' }, '2'],
  [{ public: 'false' }, '134'],
  [{ name: 'base-64' }, '3'],
  [{ name: '~base' }, '34'],
  [{ name: '~' }, '134'],
  [{ name: 'base' }, ''],
  [{ version: '1' }, '4'],
  [{ owner: 'other' }, '4'],
  [{ type: 'docker' }, '14'],
  [{ type: '!docker' }, '3'],
  [{ os: 'linux', name: 'base-32' }, '4'],
  [{ 'tag.role': 'x' }, '4'],
  [{ 'tag.n': '5' }, '4'],
  [{ 'tag.none': '' }, '134'],
  [{ 'tag.constructor': 'x' }, ''],
  [{ limit: '2' }, '13'],
  [{ limit: '2', marker: '1' }, '34'],
  [{ marker: '4' }, ''],
  [{ somethingElse: 'x' }, '134'],
];
for (const [query, uuids] of LISTS) {
  test(`images by ${JSON.stringify(query)}`, () =>
    assert.equal(
      selectImages(ALL, query)
        .map(({ uuid }) => uuid)
        .join(''),
      uuids,
    ));
}
const NO_LISTS: Record<string, string>[] = [
  { state: 'bad' },
  { state: 'constructor' },
  { limit: '0' },
  { limit: '1001' },
  { limit: '1.5' },
  { limit: 'x' },
  { limit: '' },
  { limit: '-1' },
];
for (const query of NO_LISTS) {
  test(`no such list: ${JSON.stringify(query)}`, () =>
    assert.throws(() => selectImages(ALL, query), { restCode: 'InvalidParameter', statusCode: 422 }));
}
