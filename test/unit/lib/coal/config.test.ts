// lib/coal/config.ts: the settings in etc/coal.json are right, and each wrong one is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCoalConfig } from '#lib/coal/config.ts';
import { type Json, loadSettings } from '#lib/settings/load.ts';

type Settings = { [key: string]: Json };
const settings = (): Record<'network' | 'containerd' | 'registry', Settings> & Settings =>
  structuredClone(loadSettings(null).coal) as never;

test('takes the settings as they stand', () => {
  const { packages } = readCoalConfig(settings());
  assert.match(packages, /^\/.*\/etc\/packages\.json$/);
});

test('takes mirrors and insecure registries in every form', () => {
  const good = settings();
  good.registry.mirrors = { 'docker.io': ['http://127.0.0.1:5000', 'https://mirror.example/hub'] };
  good.registry.insecure = ['127.0.0.0/8', '::1/128', 'localhost', 'reg.example:5000', '[fd00::1]:5000'];
  readCoalConfig(good);
});

const WRONG: [
  room: 'network' | 'containerd' | 'registry' | null,
  key: string,
  value: Json,
  complaint: RegExp,
][] = [
  [null, 'stateDir', 'here', /coal\.stateDir must be an absolute path/],
  [null, 'adminUuid', 'x', /coal\.adminUuid must be a uuid/],
  ['network', 'bridge', 'much-too-long-a-name', /coal\.network\.bridge must be/],
  ['network', 'subnet', '172.29.0.0/99', /coal\.network\.subnet must be/],
  ['network', 'mtu', 10, /coal\.network\.mtu must be/],
  ['network', 'poolSize', -1, /coal\.network\.poolSize must be/],
  ['network', 'resolvers', ['dns'], /coal\.network\.resolvers must be/],
  ['containerd', 'own', 'yes', /coal\.containerd\.own must be true or false/],
  ['containerd', 'cgroupParent', 'a/b', /coal\.containerd\.cgroupParent must be/],
  ['registry', 'mirrors', { 'docker.io': 'http://x' }, /coal\.registry\.mirrors\.docker\.io must be a list/],
  ['registry', 'mirrors', { 'docker.io': ['127.0.0.1:5000'] }, /coal\.registry\.mirrors\.docker\.io must be/],
  ['registry', 'insecure', 'localhost', /coal\.registry\.insecure must be a list/],
  ['registry', 'insecure', ['10.0.0.0/99'], /coal\.registry\.insecure must be a list/],
  ['registry', 'insecure', ['name/8'], /coal\.registry\.insecure must be a list/],
];
for (const [room, key, value, complaint] of WRONG) {
  test(`refuses ${key} ${JSON.stringify(value)}`, () => {
    const bad = settings();
    (room === null ? bad : bad[room])[key] = value;
    assert.throws(() => readCoalConfig(bad), complaint);
  });
}
