// The pure parts of --link: its text, the variables that it brings, and how it is shown.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkHostsOf, linksOf } from '#lib/docker-vm/links.ts';
import { linkEnv } from '#src/containers/links/link-env.ts';
import { parseLink } from '#src/containers/links/parse-link.ts';
import { linkNames, shownLinks } from '#src/containers/links/show-links.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

describe('the text of a link', () => {
  const cases: [string, string, string][] = [
    ['db', 'db', 'db'],
    ['db:store', 'db', 'store'],
    ['db:/store', 'db', 'store'],
    ['/db:/web/store', 'db', 'store'],
  ];
  for (const [text, container, alias] of cases)
    it(text, () => assert.deepEqual(parseLink(text), { container, alias }));
  it('refuses what is none', () => {
    assert.throws(() => parseLink(''), /empty string specified for links/);
    assert.throws(() => parseLink('a:b:c'), /bad format for links: a:b:c/);
  });
});

it('variables: ports in dockerd’s order with the ends of each run, name, own variables', () => {
  const lines = linkEnv({
    ip: '10.0.0.2',
    name: '/web/my-db',
    alias: 'my-db',
    env: ['A=1', 'PATH=/bin', 'HOME=/', 'broken'],
    exposed: ['81/tcp', '53/udp', '80/tcp'],
  });
  assert.deepEqual(lines, [
    'MY_DB_PORT=tcp://10.0.0.2:80',
    'MY_DB_PORT_80_TCP=tcp://10.0.0.2:80',
    'MY_DB_PORT_80_TCP_ADDR=10.0.0.2',
    'MY_DB_PORT_80_TCP_PORT=80',
    'MY_DB_PORT_80_TCP_PROTO=tcp',
    'MY_DB_PORT_81_TCP=tcp://10.0.0.2:81',
    'MY_DB_PORT_81_TCP_ADDR=10.0.0.2',
    'MY_DB_PORT_81_TCP_PORT=81',
    'MY_DB_PORT_81_TCP_PROTO=tcp',
    'MY_DB_PORT_80_TCP_START=tcp://10.0.0.2:80',
    'MY_DB_PORT_80_TCP_PORT_START=80',
    'MY_DB_PORT_80_TCP_END=tcp://10.0.0.2:81',
    'MY_DB_PORT_80_TCP_PORT_END=81',
    'MY_DB_PORT_53_UDP=udp://10.0.0.2:53',
    'MY_DB_PORT_53_UDP_ADDR=10.0.0.2',
    'MY_DB_PORT_53_UDP_PORT=53',
    'MY_DB_PORT_53_UDP_PROTO=udp',
    'MY_DB_NAME=/web/my-db',
    'MY_DB_ENV_A=1',
  ]);
});

it('shows links by the names of now, without those that are gone', () => {
  const links = JSON.stringify([
    { uuid: 'u1', alias: 'db' },
    { uuid: 'u2', alias: 'gone' },
  ]);
  const vm = buildVm({ alias: 'web', internal_metadata: { 'docker:links': links } });
  const linked = new Map([['u1', buildVm({ alias: 'store' })]]);
  assert.deepEqual(shownLinks(vm, linked), ['/store:/web/db']);
  assert.equal(shownLinks(buildVm({}), new Map()), null);
  assert.deepEqual(linkNames([vm]).get('u1'), ['/web/db']);
});

it('broken records are none', () => {
  assert.deepEqual(linksOf({ internal_metadata: { 'docker:links': '{' } }), []);
  assert.deepEqual(linkHostsOf({ 'docker:linkHosts': '10.0.0.2\tdb h web\n\nx' }), [
    { ip: '10.0.0.2', names: 'db h web' },
  ]);
});
