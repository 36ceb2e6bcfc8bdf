// lib/registry/auth.ts: WWW-Authenticate headers as registries send them, and as nobody should.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Challenge, parseChallenges } from '#lib/registry/auth.ts';

const CASES: [header: string | undefined, challenges: Challenge[]][] = [
  [undefined, []],
  ['', []],
  ['   ', []],
  ['Basic', [{ scheme: 'basic', params: {} }]],
  ['Basic realm="Registry Realm"', [{ scheme: 'basic', params: { realm: 'Registry Realm' } }]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/busybox:pull"',
    [
      {
        scheme: 'bearer',
        params: {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:library/busybox:pull',
        },
      },
    ],
  ],
  // a comma and an equals sign inside quotes are text
  [
    'bearer Realm="https://a/?x=1,y=2", scope="repository:a:pull,push"',
    [{ scheme: 'bearer', params: { realm: 'https://a/?x=1,y=2', scope: 'repository:a:pull,push' } }],
  ],
  ['BEARER realm=https://a/token', [{ scheme: 'bearer', params: { realm: 'https://a/token' } }]],
  ['Bearer realm = "a" , service = "b"', [{ scheme: 'bearer', params: { realm: 'a', service: 'b' } }]],
  [
    String.raw`Basic realm="say \"hi\" \\ there"`,
    [{ scheme: 'basic', params: { realm: 'say "hi" \\ there' } }],
  ],
  // two challenges in one header: the parameters belong to the scheme before them
  [
    'Basic realm="a", Bearer realm="b",service="c"',
    [
      { scheme: 'basic', params: { realm: 'a' } },
      { scheme: 'bearer', params: { realm: 'b', service: 'c' } },
    ],
  ],
  ['realm="of no scheme"', []],
  [
    'Negotiate, Basic realm="x"',
    [
      { scheme: 'negotiate', params: {} },
      { scheme: 'basic', params: { realm: 'x' } },
    ],
  ],
  ['\u0000\u0001', []],
];

for (const [header, challenges] of CASES) {
  test(`challenge ${JSON.stringify(header)?.slice(0, 60)}`, () => {
    assert.deepEqual(parseChallenges(header), challenges);
  });
}

test('a hostile header is read in no time, and only its beginning', () => {
  const started = performance.now();
  for (const text of [
    'a='.repeat(50_000),
    '"\\'.repeat(50_000),
    'Bearer '.repeat(20_000),
    `Bearer realm="${'\\'.repeat(100_000)}`,
  ]) {
    assert.ok(parseChallenges(text).length <= 8192);
  }
  assert.ok(performance.now() - started < 500);
});

test('a parameter name of Object.prototype changes nothing but itself', () => {
  parseChallenges('Bearer __proto__="x",constructor="y"');
  assert.equal(({} as Record<string, unknown>).x, undefined);
  assert.equal(Object.getPrototypeOf(parseChallenges('Bearer __proto__="x"')[0]!.params), Object.prototype);
});
