// lib/settings/load.ts: a site's file over the defaults, every mistake in it told in one line.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadSettings } from '#lib/settings/load.ts';

const dir = mkdtempSync('/tmp/sdct-settings-');
after(() => rmSync(dir, { recursive: true, force: true }));
const file = join(dir, 'site.json');
function load(site: unknown) {
  writeFileSync(file, typeof site === 'string' ? site : JSON.stringify(site));
  return loadSettings(file);
}
const defaults = loadSettings(null);
/** The text of a variable. */
const VAR = (name: string): string => ['$', '{', name, '}'].join('');

test('the defaults: variables are expanded everywhere', () => {
  assert.equal(defaults.stateDir, '/var/lib/sdc-docker');
  assert.deepEqual(defaults.daemon.listen, ['unix:///run/sdc-docker/docker.sock']);
  assert.ok(!JSON.stringify(defaults).includes('${'));
});

test('an empty file changes nothing', () => assert.deepEqual(load({}), defaults));

test('what depends on the folders follows them', () => {
  const settings = load({ stateDir: '/s', runDir: '/r' });
  assert.deepEqual(settings.daemon.listen, ['unix:///r/docker.sock']);
  assert.equal((settings.coal.containerd as { root: string }).root, '/s/containerd');
  assert.equal(JSON.stringify(settings).includes('/var/lib/sdc-docker'), false);
});

test('one deep setting changes itself only; a list replaces a list', () => {
  const settings = load({
    coal: { network: { mtu: 1400, resolvers: ['10.0.0.1'] } },
    daemon: { listen: ['tcp://127.0.0.1:1'] },
  });
  const expected = structuredClone(defaults);
  Object.assign(expected.coal.network as object, { mtu: 1400, resolvers: ['10.0.0.1'] });
  expected.daemon.listen = ['tcp://127.0.0.1:1'];
  assert.deepEqual(settings, expected);
});

test('mirrors take any domain; unknown variables and broken ones stay as they are written', () => {
  const { coal } = load({
    coal: {
      registry: { mirrors: { 'docker.io': [`http://${VAR('runDir')}/x`, VAR('home'), '${', '$runDir'] } },
    },
  });
  assert.deepEqual((coal.registry as { mirrors: object }).mirrors, {
    'docker.io': ['http:///run/sdc-docker/x', VAR('home'), '${', '$runDir'],
  });
});

const BAD: [site: unknown, message: RegExp][] = [
  [{ stateDirectory: '/x' }, /^unknown setting stateDirectory in \/tmp\/sdct-settings-\w+\/site\.json$/],
  [{ daemon: { triton: { vmapi: 'x', cloudapi: 'x' } } }, /^unknown setting daemon\.triton\.cloudapi in /],
  [{ coal: { registry: { mirror: {} } } }, /^unknown setting coal\.registry\.mirror in /],
  [{ toString: 1 }, /^unknown setting toString in /],
  [{ coal: { constructor: {} } }, /^unknown setting coal\.constructor in /],
  ['{"__proto__": {"x": 1}}', /^unknown setting __proto__ in /],
  ['{"coal": {"__proto__": 5}}', /^unknown setting coal\.__proto__ in /],
  [{ coal: 5 }, /^the setting coal in .* must be an object$/],
  [{ coal: { registry: [] } }, /^the setting coal\.registry in .* must be an object$/],
  [{ coal: null }, /^the setting coal in .* must be an object$/],
  ['{', /^the configuration .*site\.json is not valid JSON: /],
  ['', /^the configuration .*site\.json is not valid JSON: /],
  ['null', /^the configuration .*site\.json is not a JSON object$/],
  ['[]', /^the configuration .*site\.json is not a JSON object$/],
  ['"x"', /^the configuration .*site\.json is not a JSON object$/],
];
for (const [site, message] of BAD) {
  test(`refused: ${JSON.stringify(site)}`, () => {
    assert.throws(
      () => load(site),
      (err: Error) => {
        assert.match(err.message, message);
        assert.ok(!err.message.includes('\n'));
        return true;
      },
    );
  });
}

test('a file that is not there', () => {
  assert.throws(() => loadSettings('/tmp/sdct-none/site.json'), {
    message: 'cannot read the configuration /tmp/sdct-none/site.json: ENOENT',
  });
});
