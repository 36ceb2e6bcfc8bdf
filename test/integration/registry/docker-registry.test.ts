// lib/registry against a real registry server: resolve, read, list, and its own words when there is nothing.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { chainIds, parseImageConfig } from '#lib/coal/imgapi/image-config.ts';
import { createRegistryClient, type RegistryClient } from '#lib/registry/client.ts';
import { localPlatform } from '#lib/registry/platform.ts';
import { parseNormalizedNamed } from '#lib/registry/reference.ts';
import { pushBusybox, type Registry, startRegistry } from '#test/harness/registry.ts';
import { digestOf, log } from './own-server.ts';

const platform = localPlatform();
let dir: string;
let registry: Registry;
let client: RegistryClient;
let mirrored: RegistryClient;
before(async () => {
  dir = await mkdtemp('/tmp/sdct-registry-client-');
  registry = await startRegistry(dir);
  client = createRegistryClient({ mirrors: {}, insecure: ['127.0.0.0/8'] }, log);
  mirrored = createRegistryClient({ mirrors: { 'docker.io': [registry.url] }, insecure: [] }, log);
});
after(async () => {
  client?.close();
  mirrored?.close();
  await registry?.stop();
  await rm(dir, { recursive: true, force: true });
});
const name = (rest: string) => parseNormalizedNamed(`127.0.0.1:${registry.port}/${rest}`);

for (const format of ['v2s2', 'oci'] as const) {
  it(`an image in ${format} form: manifest, configuration and layers fit together`, async () => {
    const { digest } = await pushBusybox(registry, `team/${format}`, '1', { format, layers: 2 });
    const found = await client.resolve(name(`team/${format}:1`), { credentials: null, platform });
    assert.equal(found.digest, digest);
    assert.equal(digestOf(found.manifest.text), digest);
    const config = parseImageConfig(
      await found.repository.readBlob(found.manifest.config),
      found.manifest.layers.length,
    );
    assert.equal(chainIds(config.diffIds).length, 2);
    for (const [i, layer] of found.manifest.layers.entries()) {
      const bytes: Buffer[] = [];
      for await (const piece of found.repository.blob(layer)) bytes.push(piece);
      const blob = Buffer.concat(bytes);
      assert.equal(blob.length, layer.size);
      assert.equal(digestOf(blob), layer.digest);
      assert.equal(digestOf(gunzipSync(blob)), config.diffIds[i]);
    }
    const byDigest = await client.resolve(name(`team/${format}@${digest}`), { credentials: null, platform });
    assert.equal(byDigest.manifest.text, found.manifest.text);
  });
}

it('as a mirror of Docker Hub; the default tag is latest', async () => {
  const { digest } = await pushBusybox(registry, 'library/busybox', 'latest');
  const found = await mirrored.resolve(parseNormalizedNamed('busybox'), { credentials: null, platform });
  assert.equal(found.digest, digest);
  assert.equal(found.repository.origin, registry.url);
});

it('tags, and what there is not', async () => {
  for (const tag of ['a', 'b', 'c']) await pushBusybox(registry, 'tags/here', tag);
  assert.deepEqual((await client.tags(name('tags/here'), { credentials: null })).sort(), ['a', 'b', 'c']);
  await assert.rejects(client.tags(name('tags/none'), { credentials: null }), {
    kind: 'notFound',
    code: 'NAME_UNKNOWN',
  });
  await assert.rejects(client.resolve(name('tags/here:none'), { credentials: null, platform }), {
    kind: 'notFound',
    code: 'MANIFEST_UNKNOWN',
    message: `manifest for 127.0.0.1:${registry.port}/tags/here:none not found: manifest unknown: manifest unknown`,
  });
  await assert.rejects(
    client.resolve(name(`tags/here@sha256:${'0'.repeat(64)}`), { credentials: null, platform }),
    { kind: 'notFound' },
  );
});

it('a registry that has gone is unreachable, in the words of Go', async () => {
  const gone = createRegistryClient({ mirrors: {}, insecure: ['127.0.0.1'] }, log);
  await assert.rejects(gone.resolve(parseNormalizedNamed('127.0.0.1:1/a'), { credentials: null, platform }), {
    kind: 'unreachable',
    message: 'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
  });
  gone.close();
});
