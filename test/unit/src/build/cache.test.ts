// src/build/cache.ts: a step is known only by its whole configuration on the very same parent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DockerImage } from '#lib/store/types.ts';
import { cachedImage, cacheKey } from '#src/build/cache.ts';
import { emptyConfig } from '#src/dockerfile/run-config.ts';

const step = { ...emptyConfig(), Cmd: ['/bin/sh', '-c', 'make'], Env: ['A=1'], Labels: { a: 'b', c: 'd' } };
const image = (id: string, parent: string, config: object, created = 1): DockerImage =>
  ({ config_digest: id, parent, created, image: { container_config: config } }) as unknown as DockerImage;

test('the newest of those that are the same', () => {
  const images = [image('1', 'p', step, 5), image('2', 'p', step, 7), image('3', 'p', step, 6)];
  assert.equal(cachedImage(images, 'p', step)?.config_digest, '2');
});

for (const [what, other] of [
  ['Cmd', { ...step, Cmd: ['/bin/sh', '-c', 'make x'] }],
  ['Env', { ...step, Env: ['A=2'] }],
  ['the order of Env', { ...step, Env: ['B=1', 'A=1'] }],
  ['Labels', { ...step, Labels: { a: 'b' } }],
  ['User', { ...step, User: '1' }],
  ['WorkingDir', { ...step, WorkingDir: '/x' }],
  ['Healthcheck', { ...step, Healthcheck: { Test: ['NONE'] } }],
  ['OnBuild', { ...step, OnBuild: ['RUN x'] }],
  ['Volumes', { ...step, Volumes: { '/x': {} } }],
] as const) {
  test(`another ${what} is another step`, () =>
    assert.equal(cachedImage([image('1', 'p', other)], 'p', { ...step, Env: [...step.Env] }), null));
}

test('another parent, and an image that was pulled, are no hit', () => {
  const pulled = { config_digest: 'x', parent: 'p', created: 1, image: {} } as unknown as DockerImage;
  assert.equal(cachedImage([image('1', 'q', step), pulled], 'p', step), null);
  assert.equal(cachedImage([image('1', '', step)], '', step), null);
});

test('the order of keys, nulls and the name of the parent do not count', () => {
  assert.equal(
    cacheKey({ Cmd: ['a'], Labels: { x: '1', y: '2' }, Image: 'p', Env: null }),
    cacheKey({ Labels: { y: '2', x: '1' }, Cmd: ['a'] }),
  );
});
