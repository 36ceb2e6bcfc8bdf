// lib/registry/manifest.ts: what is taken for a manifest and what is refused (CVE-2021-41190, CVE-2024-3727).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { manifestForPlatform, parseManifest } from '#lib/registry/manifest.ts';

const D = (digit: string): string => `sha256:${digit.repeat(64)}`;
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: D('a'), size: 7 };
const LAYER = { mediaType: GZIP, digest: D('b'), size: 8 };
const IMAGE = { schemaVersion: 2, config: CONFIG, layers: [LAYER] };
const AMD = { mediaType: OCI, digest: D('c'), size: 9, platform: { os: 'linux', architecture: 'amd64' } };
const AMD64 = { os: 'linux', architecture: 'amd64' };
const MANY = { schemaVersion: 2, manifests: [AMD] };

const bytes = (doc: unknown): Buffer => Buffer.from(typeof doc === 'string' ? doc : JSON.stringify(doc));

const GOOD: [what: string, doc: object, contentType: string | undefined, kind: string, mediaType: string][] =
  [
    ['Docker schema 2', { ...IMAGE, mediaType: DOCKER }, DOCKER, 'image', DOCKER],
    ['OCI without its own media type', IMAGE, OCI, 'image', OCI],
    ['no header and no field: OCI', IMAGE, undefined, 'image', OCI],
    ['a generic header says nothing', { ...IMAGE, mediaType: DOCKER }, 'application/json', 'image', DOCKER],
    ['a header with a charset', { ...IMAGE, mediaType: OCI }, `${OCI}; charset=utf-8`, 'image', OCI],
    ['a list', { ...MANY, mediaType: LIST }, LIST, 'index', LIST],
    ['an index without types', MANY, 'text/plain', 'index', INDEX],
    ['no layers at all', { ...IMAGE, layers: [] }, OCI, 'image', OCI],
  ];
for (const [what, doc, contentType, kind, mediaType] of GOOD) {
  test(`manifest: ${what}`, () => {
    const found = parseManifest(bytes(doc), contentType);
    assert.equal(found.kind, kind);
    assert.equal(found.mediaType, mediaType);
    assert.equal(found.digest, `sha256:${createHash('sha256').update(bytes(doc)).digest('hex')}`);
    if (found.kind === 'image') assert.equal(found.text, JSON.stringify(doc));
  });
}

const layer = (over: object): object => ({ ...IMAGE, layers: [{ ...LAYER, ...over }] });
const BAD: [what: string, doc: unknown, contentType: string | undefined, message: RegExp][] = [
  ['header against field', { ...IMAGE, mediaType: OCI }, DOCKER, /conflicts with content type/],
  ['field of an index over an image', { ...IMAGE, mediaType: INDEX }, undefined, /fields of another type/],
  [
    'an image that also lists manifests',
    { ...IMAGE, ...MANY, mediaType: OCI },
    OCI,
    /fields of another type/,
  ],
  [
    'an index that also has layers',
    { ...MANY, layers: [], mediaType: INDEX },
    INDEX,
    /fields of another type/,
  ],
  ['an index that also has a config', { ...MANY, config: CONFIG }, INDEX, /fields of another type/],
  ['an untyped one that is both', { ...IMAGE, ...MANY }, undefined, /fields of another type/],
  ['schema 1 layers in a schema 2', { ...IMAGE, fsLayers: [] }, OCI, /fields of another type/],
  ['schema 1', { schemaVersion: 1, fsLayers: [] }, undefined, /schema 1 is not supported/],
  [
    'schema 1 by header',
    IMAGE,
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    /schema 1 is not supported/,
  ],
  ['schema 3', { ...IMAGE, schemaVersion: 3 }, OCI, /unsupported manifest schema version/],
  ['schema as text', { ...IMAGE, schemaVersion: '2' }, OCI, /unsupported manifest schema version/],
  ['another type', IMAGE, 'application/vnd.cncf.helm', /unsupported manifest media type/],
  [
    'a type that every object has',
    { ...IMAGE, mediaType: 'constructor' },
    undefined,
    /unsupported manifest media type/,
  ],
  ['a type that every object has, in the header', IMAGE, 'toString', /unsupported manifest media type/],
  ['no JSON', '{', OCI, /not valid JSON/],
  ['a list', '[]', OCI, /not valid JSON/],
  ['null', 'null', OCI, /not valid JSON/],
  ['no config', { schemaVersion: 2, layers: [] }, OCI, /config with an invalid digest/],
  [
    'a config that is no image',
    { ...IMAGE, config: { ...CONFIG, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
    OCI,
    /not an image/,
  ],
  [
    'config digest with a path',
    { ...IMAGE, config: { ...CONFIG, digest: '../../v2/other/manifests/x' } },
    OCI,
    /config with an invalid digest/,
  ],
  ['layer digest with a path', layer({ digest: `${D('b')}/../../x` }), OCI, /layer with an invalid digest/],
  ['digest in capitals', layer({ digest: D('B') }), OCI, /layer with an invalid digest/],
  ['digest with a line feed', layer({ digest: `${D('b')}\n` }), OCI, /layer with an invalid digest/],
  ['sha512', layer({ digest: `sha512:${'b'.repeat(128)}` }), OCI, /layer with an invalid digest/],
  ['digest is a list', layer({ digest: [D('b')] }), OCI, /layer with an invalid digest/],
  ['negative size', layer({ size: -1 }), OCI, /layer with an invalid size/],
  ['half a byte', layer({ size: 0.5 }), OCI, /layer with an invalid size/],
  ['size as text', layer({ size: '8' }), OCI, /layer with an invalid size/],
  ['absurd size', layer({ size: 2 ** 49 }), OCI, /layer with an invalid size/],
  ['no size', layer({ size: undefined }), OCI, /layer with an invalid size/],
  [
    'a foreign layer, fetched from a url of its own',
    layer({ mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', urls: ['http://evil/'] }),
    OCI,
    /unsupported layer media type/,
  ],
  ['an encrypted layer', layer({ mediaType: `${GZIP}+encrypted` }), OCI, /unsupported layer media type/],
  ['layer type is a number', layer({ mediaType: 5 }), OCI, /layer without a type/],
  ['layer null', { ...IMAGE, layers: [null] }, OCI, /layer with an invalid digest/],
  ['layers no list', { ...IMAGE, layers: { length: 1 } }, OCI, /layers are not a list/],
  ['too many layers', { ...IMAGE, layers: Array(1025).fill(LAYER) }, OCI, /too many layers/],
  ['manifests no list', { schemaVersion: 2, manifests: 'x' }, INDEX, /manifests are not a list/],
  ['manifest entry null', { schemaVersion: 2, manifests: [null] }, INDEX, /manifest with an invalid digest/],
  [
    'manifest entry with a path',
    { schemaVersion: 2, manifests: [{ ...AMD, digest: 'x/../y' }] },
    INDEX,
    /manifest with an invalid digest/,
  ],
];
for (const [what, doc, contentType, message] of BAD) {
  test(`no manifest: ${what}`, () => {
    assert.throws(() => parseManifest(bytes(doc), contentType), {
      name: 'RegistryError',
      kind: 'invalid',
      message,
    });
  });
}

test('the digest asked for is checked before anything else', () => {
  const good = bytes(IMAGE);
  const digest = `sha256:${createHash('sha256').update(good).digest('hex')}`;
  assert.equal(parseManifest(good, OCI, digest).digest, digest);
  for (const body of [good.toString().replace('}', ' }'), '{']) {
    assert.throws(() => parseManifest(Buffer.from(body), OCI, digest), {
      kind: 'invalid',
      message: `manifest verification failed for digest ${digest}`,
    });
  }
});

test('a platform of anything but texts is never chosen, its neighbours still are', () => {
  const odd = [
    5,
    'linux/amd64',
    [],
    { os: 'linux' },
    { ...AMD64, variant: 5 },
    { os: ['linux'], architecture: 'amd64' },
    null,
  ];
  const manifests = [...odd.map((platform) => ({ ...AMD, digest: D('e'), platform })), AMD];
  const found = parseManifest(bytes({ schemaVersion: 2, manifests }), INDEX);
  assert.equal(found.kind, 'index');
  if (found.kind === 'index') assert.equal(manifestForPlatform(found, AMD64).digest, AMD.digest);
});

const index = (...platforms: (string | null)[]) => ({
  kind: 'index' as const,
  digest: D('0'),
  mediaType: INDEX,
  manifests: platforms.map((text, i) => {
    const [os = '', architecture = '', variant] = (text ?? '').split('/');
    const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    return { mediaType: OCI, digest: D(String(i)), size: 1, ...(text === null ? {} : { platform }) };
  }),
});

const ARM64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };
const CHOICE: [
  wanted: { os: string; architecture: string; variant?: string },
  platforms: (string | null)[],
  chosen: number | null,
][] = [
  [AMD64, ['linux/arm64', 'linux/amd64'], 1],
  [AMD64, ['windows/amd64', 'linux/amd64'], 1],
  [AMD64, [null, 'linux/amd64'], 1],
  [AMD64, ['unknown/unknown', 'linux/x86_64'], 1],
  [AMD64, ['linux/amd64/v3', 'linux/amd64'], 1],
  [AMD64, ['linux/amd64/v3'], null],
  [AMD64, ['linux/amd64/v1'], 0],
  [AMD64, ['linux/amd64', 'linux/amd64'], 0],
  [AMD64, ['linux/386', 'linux/arm/v7'], null],
  [AMD64, [null], null],
  [AMD64, [], null],
  [ARM64, ['linux/arm/v7', 'linux/arm64'], 1],
  [ARM64, ['linux/arm/v7', 'linux/aarch64/v8'], 1],
  [{ os: 'linux', architecture: 'arm', variant: 'v7' }, ['linux/arm/v5', 'linux/arm/v6', 'linux/arm64'], 1],
  [{ os: 'linux', architecture: 'arm', variant: 'v6' }, ['linux/arm/v7'], null],
];
for (const [wanted, platforms, chosen] of CHOICE) {
  test(`${Object.values(wanted).join('/')} of [${platforms.join(' ')}]`, () => {
    if (chosen !== null)
      assert.equal(manifestForPlatform(index(...platforms), wanted).digest, D(String(chosen)));
    else
      assert.throws(() => manifestForPlatform(index(...platforms), wanted), {
        kind: 'notFound',
        message: `no matching manifest for ${Object.values(wanted).join('/')} in the manifest list entries`,
      });
  });
}
