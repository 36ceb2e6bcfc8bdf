// lib/registry/credentials.ts: what clients put into X-Registry-Auth and X-Registry-Config; what is broken never shows its text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Credentials, decodeRegistryAuth, decodeRegistryConfig } from '#lib/registry/credentials.ts';
import { parseNormalizedNamed } from '#lib/registry/reference.ts';

const NONE = { username: '', password: '', identityToken: '', registryToken: '' };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

const AUTH: [what: string, header: string | undefined, credentials: Credentials | null][] = [
  ['no header', undefined, null],
  ['an empty header', '', null],
  ['{}, as the CLI sends for a registry it does not know', encode({}), null],
  ['a list', encode([]), null],
  ['only a server address', encode({ serveraddress: 'a' }), null],
  [
    'name and password',
    encode({ username: 'u', password: 'p:q' }),
    { ...NONE, username: 'u', password: 'p:q' },
  ],
  ['an identity token', encode({ identitytoken: 't' }), { ...NONE, identityToken: 't' }],
  ['a registry token', encode({ registrytoken: 't' }), { ...NONE, registryToken: 't' }],
  [
    'the joined form, with a colon in the password',
    encode({ auth: Buffer.from('u:p:q').toString('base64') }),
    { ...NONE, username: 'u', password: 'p:q' },
  ],
  [
    'the joined form does not win over the names',
    encode({ username: 'v', password: 'w', auth: Buffer.from('u:p').toString('base64') }),
    { ...NONE, username: 'v', password: 'w' },
  ],
  ['wrong types count as absent', encode({ username: 5, password: ['x'], identitytoken: {} }), null],
  [
    'the url alphabet without padding',
    Buffer.from(JSON.stringify({ username: 'ü?>~', password: '' })).toString('base64url'),
    { ...NONE, username: 'ü?>~' },
  ],
];

for (const [what, header, credentials] of AUTH) {
  test(`X-Registry-Auth: ${what}`, () => assert.deepEqual(decodeRegistryAuth(header), credentials));
}

const SECRET = 'hunter2';
const BROKEN = [
  '%%%',
  'null',
  encode(null),
  encode('text'),
  encode(5),
  Buffer.from(`{"password":"${SECRET}"`).toString('base64'),
];
for (const header of BROKEN) {
  test(`X-Registry-Auth that cannot be read: ${header.slice(0, 30)}`, () => {
    assert.throws(
      () => decodeRegistryAuth(header),
      (err: Error) =>
        err.message === 'invalid X-Registry-Auth header' &&
        err.cause === undefined &&
        !String(err.stack).includes(SECRET),
    );
  });
}

const CONFIG: [image: string, config: Record<string, unknown>, username: string | null][] = [
  ['busybox', { 'https://index.docker.io/v1/': { username: 'hub' }, 'other:5000': { username: 'o' } }, 'hub'],
  ['busybox', { 'docker.io': { username: 'hub' } }, 'hub'],
  ['busybox', { 'other:5000': { username: 'o' } }, null],
  [
    'other:5000/a',
    { 'https://index.docker.io/v1/': { username: 'hub' }, 'other:5000': { username: 'o' } },
    'o',
  ],
  // one registry's credentials are never another's, however alike the names are
  ['other:5001/a', { 'other:5000': { username: 'o' }, other: { username: 'p' } }, null],
  ['sub.other/a', { other: { username: 'o' } }, null],
  ['other:5000/a', { 'other:5000': null }, null],
  ['other:5000/a', { 'other:5000': 'text' }, null],
];
for (const [image, config, username] of CONFIG) {
  test(`X-Registry-Config for ${image} of ${Object.keys(config).join(' and ')}`, () => {
    const found = decodeRegistryConfig(encode(config), parseNormalizedNamed(image));
    assert.equal(found?.username ?? null, username);
  });
}

test('X-Registry-Auth: random bytes give credentials, null or the one error', () => {
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed >>> 8;
  };
  const words = [
    '{',
    '}',
    '"username"',
    ':',
    '"a"',
    ',',
    '[',
    'null',
    '"auth"',
    '"\\u0000"',
    '1e999',
    '"__proto__"',
  ];
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: random() % 9 }, () => words[random() % words.length]).join('');
    try {
      const found = decodeRegistryAuth(Buffer.from(text).toString('base64'));
      if (found !== null) for (const part of Object.values(found)) assert.equal(typeof part, 'string');
    } catch (err) {
      assert.equal((err as Error).message, 'invalid X-Registry-Auth header');
    }
  }
});
