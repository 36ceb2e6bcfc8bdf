// Names of interfaces inside, and the sysctls that are asked for them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nameNics } from '#lib/net/interface-names.ts';
import { settingsOf } from '#lib/net/interface-sysctls.ts';
import type { ContainerNic } from '#lib/net/types.ts';

const nic = (over: Partial<ContainerNic> = {}): ContainerNic => ({
  mac: '90:b8:d0:11:22:33',
  ip: '172.29.0.5',
  netmask: '255.255.0.0',
  nic_tag: 't',
  network_uuid: 'n',
  ...over,
});
const named = (ifnames: string[], taken: string[] = []) =>
  nameNics(
    ifnames.map((ifname) => nic({ ifname })),
    taken,
  ).map(({ name }) => name);

describe('names of interfaces', () => {
  const cases: [what: string, asked: string[], taken: string[], names: string[]][] = [
    ['none asked for', ['', ''], [], ['eth0', 'eth1']],
    ['one of them', ['', 'front'], [], ['eth0', 'front']],
    ['a number that another would have had', ['', 'eth0', ''], [], ['eth1', 'eth0', 'eth2']],
    ['beside what is there', ['', 'back'], ['lo', 'eth0', 'eth2'], ['eth1', 'back']],
    [
      'the longest, and what looks like options',
      ['abcdefghijklmno', '-n', 'up'],
      [],
      ['abcdefghijklmno', '-n', 'up'],
    ],
  ];
  for (const [what, asked, taken, names] of cases)
    it(what, () => assert.deepEqual(named(asked, taken), names));

  const bad: [name: string, reason: string][] = [
    ['abcdefghijklmnop', 'numerical result out of range'],
    ['ääääääää', 'numerical result out of range'],
    ['a/b', 'invalid argument'],
    ['a b', 'invalid argument'],
    ['a:b', 'invalid argument'],
    ['a\nlink del', 'invalid argument'],
    ['.', 'invalid argument'],
    ['..', 'invalid argument'],
    ['eth%d', 'invalid argument'],
    ['a#b', 'invalid argument'],
    ['a"b', 'invalid argument'],
    ['a\\b', 'invalid argument'],
    ['lo', 'file exists'],
    ['eth5', 'file exists'],
  ];
  for (const [name, reason] of bad) {
    it(`not ${JSON.stringify(name)}`, () => {
      const text = `failed to add interface veth0112233 to sandbox: error renaming interface "veth0112233" to ${JSON.stringify(name)}: ${reason}`;
      assert.throws(() => named([name], ['eth5']), { message: text });
    });
  }

  it('no two alike', () => assert.throws(() => named(['a', 'a']), /to "a": file exists$/));
});

describe('sysctls of interfaces', () => {
  const settings = (text: string) => settingsOf({ nic: nic({ sysctls: [text] }), name: 'front' });
  it('are files of the interface', () => {
    assert.deepEqual(settings('net.ipv4.conf.IFNAME.log_martians=1'), [
      { file: '/proc/sys/net/ipv4/conf/front/log_martians', value: '1' },
    ]);
    assert.deepEqual(settings('net.ipv6.neigh.ifname.x=a=b c'), [
      { file: '/proc/sys/net/ipv6/neigh/front/x', value: 'a=b c' },
    ]);
    assert.deepEqual(settingsOf({ nic: nic(), name: 'front' }), []);
  });

  const bad: [text: string, reason: RegExp][] = [
    ['net.ipv4.conf.IFNAME.x', /: expected sysctl 'net\.ipv4\.conf\.IFNAME\.x' to have format name=value$/],
    [
      'net.ipv4.conf.IFNAME.x.y=1',
      /: expected sysctl 'net\.ipv4\.conf\.IFNAME\.x\.y' to have format net\.X\.Y\.IFNAME\.Z$/,
    ],
    ['net.ipv4.conf/all.IFNAME.x=1', /: \/proc\/sys\/net\/ipv4\/conf\/all\/front\/x is not a sysctl file$/],
    ['kernel.sched_domain.cpu0.domain0.flags=1', /is not a sysctl file$/],
    ['net.ipv4..IFNAME.x=1', /is not a sysctl file$/],
  ];
  for (const [text, reason] of bad) it(`not ${text}`, () => assert.throws(() => settings(text), reason));
});
