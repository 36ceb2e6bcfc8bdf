// Taking request targets apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitTarget } from '#src/server/path.ts';

const cases: [string, { versionText: string | null; path: string; search: string }][] = [
  ['/v1.41/containers/json?all=1', { versionText: '1.41', path: '/containers/json', search: '?all=1' }],
  ['/_ping', { versionText: null, path: '/_ping', search: '' }],
  ['/v1.41/containers//web/json', { versionText: '1.41', path: '/containers/web/json', search: '' }],
  ['/containers/app/db/json', { versionText: null, path: '/containers/app%2Fdb/json', search: '' }],
  ['/containers/app/json/json', { versionText: null, path: '/containers/app%2Fjson/json', search: '' }],
  ['/containers/app/db/attach/ws', { versionText: null, path: '/containers/app%2Fdb/attach/ws', search: '' }],
  ['/containers/app/attach/ws', { versionText: null, path: '/containers/app/attach/ws', search: '' }],
  ['/containers/app/db', { versionText: null, path: '/containers/app%2Fdb', search: '' }],
  ['/containers/a/b/c/json', { versionText: null, path: '/containers/a%2Fb%2Fc/json', search: '' }],
  ['/networks/', { versionText: null, path: '/networks', search: '' }],
  [
    '/v1.41/images/localhost:5000/a/b/json',
    { versionText: '1.41', path: '/images/localhost:5000%2Fa%2Fb/json', search: '' },
  ],
];
for (const [url, want] of cases) test(url, () => assert.deepEqual(splitTarget(url), want));
