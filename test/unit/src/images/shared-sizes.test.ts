// What images share: layers with the same layers below them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContext, ImgapiClient } from '#lib/triton/types.ts';
import { sharedLayers, sharedSizes } from '#src/images/shared-sizes.ts';
import { buildImage, digest } from './image-record.ts';

const image = (digit: string, ...layers: string[]) =>
  buildImage(digit, { image_uuid: layers.join('.'), image: { rootfs: { diff_ids: layers.map(digest) } } });
const IMAGES = [
  image('1', 'a', 'b', 'c'),
  image('2', 'a', 'b'),
  image('3', 'a', 'd', 'c'),
  image('4', 'b'),
  image('5'),
];

test('a layer is the same only on the same ones', () => {
  assert.deepEqual(
    [...sharedLayers(IMAGES).values()],
    [[true, true, false], [true, true], [true, false, false], [false], []],
  );
});

test('each layer is asked for once, and of images that share none nothing', async () => {
  const asked: string[] = [];
  const getImage = async (uuid: string) => {
    asked.push(uuid);
    const below = uuid.split('.').slice(0, -1).join('.');
    const files = [{ size: 1, uncompressedSize: { a: 100, b: 20, c: 3, d: 4 }[uuid.at(-1)!] }];
    return { uuid, files, ...(below === '' ? {} : { origin: below }) };
  };
  const imgapi = { getImage } as unknown as ImgapiClient;
  const sizes = await sharedSizes(imgapi, IMAGES, {} as CallContext);
  assert.deepEqual([...sizes.values()], [120, 120, 100, 0, 0]);
  assert.deepEqual(asked.sort(), ['a', 'a.b', 'a.b.c', 'a.d', 'a.d.c']);
});
