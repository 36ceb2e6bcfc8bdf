// lib/registry/endpoints.ts: mirrors first, plain http only where the operator said so, never by what DNS says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointsOf, isInsecure } from '#lib/registry/endpoints.ts';

const MIRROR = { 'docker.io': ['http://127.0.0.1:5000', 'https://mirror.example/path/'] };

const ENDPOINTS: [
  what: string,
  domain: string,
  mirrors: Record<string, string[]>,
  insecure: string[],
  expected: string[],
][] = [
  ['Docker Hub', 'docker.io', {}, [], ['https://registry-1.docker.io/']],
  [
    'Docker Hub is never insecure',
    'docker.io',
    {},
    ['docker.io', '0.0.0.0/0'],
    ['https://registry-1.docker.io/'],
  ],
  [
    'mirrors come first; http:// in the configuration is meant',
    'docker.io',
    MIRROR,
    [],
    [
      'http://127.0.0.1:5000/ insecure mirror',
      'https://mirror.example/path/ mirror',
      'https://registry-1.docker.io/',
    ],
  ],
  ["another domain's mirrors are not asked", 'reg.example', MIRROR, [], ['https://reg.example/']],
  [
    'an insecure registry: https first',
    'reg.example:5000',
    {},
    ['reg.example:5000'],
    ['https://reg.example:5000/ insecure', 'http://reg.example:5000/ insecure'],
  ],
  [
    'another port of it is another registry',
    'reg.example:5001',
    {},
    ['reg.example:5000'],
    ['https://reg.example:5001/'],
  ],
  [
    'the name alone covers every port',
    'localhost:5001',
    {},
    ['localhost'],
    ['https://localhost:5001/ insecure', 'http://localhost:5001/ insecure'],
  ],
];
for (const [what, domain, mirrors, insecure, expected] of ENDPOINTS) {
  test(what, () => {
    const found = endpointsOf(domain, { mirrors, insecure }).map((one) =>
      [one.base.href, one.insecure ? 'insecure' : '', one.mirror ? 'mirror' : ''].filter(Boolean).join(' '),
    );
    assert.deepEqual(found, expected);
  });
}

const INSECURE: [host: string, insecure: string[], expected: boolean][] = [
  ['127.0.0.1:5000', ['127.0.0.0/8'], true],
  ['127.0.0.1', ['127.0.0.1'], true],
  ['128.0.0.1:5000', ['127.0.0.0/8'], false],
  ['10.1.2.3', ['10.1.2.0/24'], true],
  ['10.1.3.3', ['10.1.2.0/24'], false],
  ['[::1]:5000', ['::1/128'], true],
  ['[::1]:5000', ['::1'], true],
  ['[fd00::5]', ['fd00::/8'], true],
  ['[fe80::5]', ['fd00::/8'], false],
  // localhost is 127.0.0.1 to most resolvers; to us it is a name
  ['localhost:5000', ['127.0.0.0/8'], false],
  ['127.0.0.1.evil.example', ['127.0.0.0/8'], false],
  ['reg.example', ['REG.example', 'example', '.example'], false],
  ['reg.example', [], false],
];
for (const [host, insecure, expected] of INSECURE) {
  test(`${host} with [${insecure.join(' ')}]: ${expected ? 'insecure' : 'verified'}`, () => {
    assert.equal(isInsecure(host, { mirrors: {}, insecure }), expected);
  });
}
