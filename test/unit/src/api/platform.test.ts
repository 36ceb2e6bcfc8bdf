// --platform of docker create: read as containerd reads it, and compared with what a local image is for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPlatform, requirePlatform } from '#src/api/platform.ts';
import { DockerError } from '#src/errors.ts';
import { buildImage } from '../images/image-record.ts';

/** What create says of an image for os/architecture[/variant]. */
const said = (has: string, asked: string): string => {
  const [os, architecture, variant] = has.split('/');
  const image = buildImage('1', { image: { os, architecture, ...(variant ? { variant } : {}) } });
  try {
    const { parsed, text } = readPlatform(asked);
    requirePlatform(image, parsed, 'app', text);
    return 'fine';
  } catch (err) {
    if (err instanceof DockerError) return `${err.kind}: ${err.clientMessage}`;
    throw err;
  }
};
const other = (has: string, asked: string): string =>
  `notFound: image with reference app was found but its platform (${has}) does not match the specified platform (${asked})`;

const CASES: [has: string, asked: string, said: string][] = [
  ['linux/amd64', 'linux/amd64', 'fine'],
  ['linux/amd64', 'x86_64', 'fine'],
  ['linux/amd64', 'linux/amd64/v2', 'fine'],
  ['linux/amd64', 'linux/arm64/v8', other('linux/amd64', 'linux/arm64/v8')],
  ['linux/amd64', 'aarch64', other('linux/amd64', 'linux/arm64')],
  ['linux/amd64', 'linux/386', other('linux/amd64', 'linux/386')],
  ['linux/arm64', 'linux/arm64/v8', 'fine'],
  ['linux/arm64/v8', 'linux/arm64', 'fine'],
  ['linux/arm/v6', 'linux/arm/v7', 'fine'],
  ['linux/arm/v7', 'linux/arm/v6', other('linux/arm/v7', 'linux/arm/v6')],
  ['linux/arm/v7', 'linux/arm', 'fine'],
  // Its configuration does not say which.
  ['linux/arm', 'linux/arm/v6', 'fine'],
  ['linux/amd64', 'foo', 'invalid: "foo": unknown operating system or architecture: invalid argument'],
  ['linux/amd64', 'a/b/c/d', 'invalid: "a/b/c/d": cannot parse platform specifier: invalid argument'],
];
for (const [has, asked, expected] of CASES)
  test(`an image for ${has} with --platform ${asked}`, () => assert.equal(said(has, asked), expected));
