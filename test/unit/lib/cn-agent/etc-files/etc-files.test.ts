// lib/cn-agent/etc-files: the three files of /etc as dockerd writes them, and how they get into a container's directory.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type HostsInput, hostsFile } from '#lib/cn-agent/etc-files/hosts-file.ts';
import { type ResolvConfInput, resolvConf } from '#lib/cn-agent/etc-files/resolv-conf.ts';
import { type EtcFilesInput, writeEtcFiles } from '#lib/cn-agent/etc-files/write.ts';

const HOSTS: HostsInput = {
  hostname: 'web',
  domainname: '',
  ips: ['172.29.0.5'],
  extraHosts: [],
  hostGateway: '172.29.0.1',
};
const LOCAL =
  '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n';
const HOSTS_CASES: [what: string, over: Partial<HostsInput>, rest: string][] = [
  ['its own name', {}, '172.29.0.5\tweb\n'],
  ['with a domain', { domainname: 'example.com' }, '172.29.0.5\tweb.example.com web\n'],
  ['a name with dots', { hostname: 'web.example.com' }, '172.29.0.5\tweb.example.com web\n'],
  ['two addresses', { ips: ['172.29.0.5', '10.0.0.5'] }, '172.29.0.5\tweb\n10.0.0.5\tweb\n'],
  ['no network', { ips: [] }, ''],
  [
    'extra hosts before, links after',
    {
      extraHosts: ['db:10.0.0.1', 'six=[fd00::1]', 'v6:fd00::2', 'gw:host-gateway'],
      links: [{ names: 'other alias', ip: '10.0.0.9' }],
    },
    '10.0.0.1\tdb\nfd00::1\tsix\nfd00::2\tv6\n172.29.0.1\tgw\n172.29.0.5\tweb\n10.0.0.9\tother alias\n',
  ],
  [
    'broken extra hosts are left out',
    {
      extraHosts: [
        '',
        'x',
        'x:',
        ':1.1.1.1',
        'x:y',
        'x:1.2.3.4.5',
        'a\nb:1.1.1.1',
        'a b:1.1.1.1',
        'a:1.1.1.1\n2.2.2.2 b',
      ],
    },
    '172.29.0.5\tweb\n',
  ],
  ['a gateway that is not there', { extraHosts: ['gw:host-gateway'], hostGateway: '' }, '172.29.0.5\tweb\n'],
];
for (const [what, over, rest] of HOSTS_CASES)
  test(`hosts: ${what}`, () => assert.equal(hostsFile({ ...HOSTS, ...over }), LOCAL + rest));

const RESOLV: ResolvConfInput = {
  host: 'nameserver 10.0.0.2\nsearch corp.example\noptions ndots:2\n',
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  resolvers: [],
  hostNetwork: false,
  named: false,
};
const RESOLV_CASES: [what: string, over: Partial<ResolvConfInput>, lines: string[]][] = [
  [
    "the host's",
    {},
    [
      'nameserver 10.0.0.2',
      'search corp.example',
      'options ndots:2',
      '',
      "# Based on host file: '/etc/resolv.conf' (legacy)",
      '# Overrides: []',
      '# Option ndots from: host',
    ],
  ],
  [
    'everything asked for',
    { dns: ['1.1.1.1', '2.2.2.2'], dnsSearch: ['a.b', 'c'], dnsOptions: ['ndots:5', 'rotate'] },
    [
      'nameserver 1.1.1.1',
      'nameserver 2.2.2.2',
      'search a.b c',
      'options ndots:5 rotate',
      '',
      "# Based on host file: '/etc/resolv.conf' (legacy)",
      '# Overrides: [nameservers search options]',
      '# Option ndots from: override',
    ],
  ],
  [
    "the VM's resolvers",
    { resolvers: ['9.9.9.9'] },
    [
      'nameserver 9.9.9.9',
      'search corp.example',
      'options ndots:2',
      '',
      "# Based on host file: '/etc/resolv.conf' (legacy)",
      '# Overrides: [nameservers]',
      '# Option ndots from: host',
    ],
  ],
  [
    'what was asked wins over them',
    { resolvers: ['9.9.9.9'], dns: ['1.1.1.1'], host: '' },
    [
      'nameserver 1.1.1.1',
      '',
      "# Based on host file: '/etc/resolv.conf' (legacy)",
      '# Overrides: [nameservers]',
    ],
  ],
  [
    'on a network with names',
    { named: true, dns: ['1.1.1.1'], host: 'nameserver 10.0.0.2\nsearch corp.example\noptions edns0\n' },
    [
      'nameserver 127.0.0.11',
      'search corp.example',
      'options edns0 ndots:0',
      '',
      "# Based on host file: '/etc/resolv.conf' (internal resolver)",
      '# Overrides: [nameservers]',
      '# Option ndots from: internal',
    ],
  ],
  [
    'on a network with names, with wishes',
    { named: true, dnsSearch: ['a.b'], dnsOptions: ['ndots:5'] },
    [
      'nameserver 127.0.0.11',
      'search a.b',
      'options ndots:5',
      '',
      "# Based on host file: '/etc/resolv.conf' (internal resolver)",
      '# Overrides: [search options]',
      '# Option ndots from: override',
    ],
  ],
  [
    'no search',
    { dnsSearch: ['.'], host: 'nameserver 10.0.0.2\nsearch x\n' },
    ['nameserver 10.0.0.2', '', "# Based on host file: '/etc/resolv.conf' (legacy)", '# Overrides: [search]'],
  ],
  [
    'loopback only: the fallback',
    { host: 'nameserver 127.0.0.53\nnameserver ::1\nnameserver fd00::1\noptions edns0 trust-ad\n' },
    [
      'nameserver 8.8.8.8',
      'nameserver 8.8.4.4',
      'options edns0 trust-ad',
      '',
      "# Based on host file: '/etc/resolv.conf' (legacy)",
      '# Used default nameservers.',
      '# Overrides: []',
    ],
  ],
  [
    "loopback with the host's network",
    { host: 'nameserver 127.0.0.53\n', hostNetwork: true },
    ['nameserver 127.0.0.53', '', "# Based on host file: '/etc/resolv.conf'", '# Overrides: []'],
  ],
  [
    'comments, odd lines, the last search wins',
    {
      host: '# c\n; d\n\r\nnameserver 10.0.0.2\nnameserver nonsense\nnameserver\ndomain one\nsearch two three\nsearch\nsortlist 1.2.3.4\n',
    },
    [
      'nameserver 10.0.0.2',
      'search two three',
      'sortlist 1.2.3.4',
      '',
      "# Based on host file: '/etc/resolv.conf' (legacy)",
      '# Invalid nameservers: [nonsense]',
      '# Overrides: []',
    ],
  ],
  [
    'no file on the host',
    { host: '' },
    [
      'nameserver 8.8.8.8',
      'nameserver 8.8.4.4',
      '',
      "# Based on host file: '/etc/resolv.conf' (legacy)",
      '# Used default nameservers.',
      '# Overrides: []',
    ],
  ],
];
for (const [what, over, lines] of RESOLV_CASES)
  test(`resolv.conf: ${what}`, () =>
    assert.equal(resolvConf({ ...RESOLV, ...over }), `${lines.join('\n')}\n`));

const dir = mkdtempSync('/tmp/sdct-etc-');
after(() => rmSync(dir, { recursive: true, force: true }));
const { host: _host, ...asked } = RESOLV;
const INPUT: EtcFilesInput = { ...HOSTS, ...asked };

test('written in place: a second time keeps the very files, shorter texts leave no rest, any user can read', async () => {
  const umask = process.umask(0o077);
  try {
    const paths = await writeEtcFiles(join(dir, 'zone/etc'), { ...INPUT, hostname: 'a-long-name' });
    const inodes = Object.values(paths).map((path) => statSync(path).ino);
    assert.equal(readFileSync(paths.hostname, 'utf8'), 'a-long-name\n');
    const again = await writeEtcFiles(join(dir, 'zone/etc'), { ...INPUT, hostname: 'x', dns: ['1.1.1.1'] });
    assert.deepEqual(again, paths);
    assert.deepEqual(
      Object.values(again).map((path) => statSync(path).ino),
      inodes,
    );
    for (const path of Object.values(again)) assert.equal(statSync(path).mode & 0o777, 0o644);
    assert.equal(readFileSync(paths.hostname, 'utf8'), 'x\n');
    assert.ok(readFileSync(paths.hosts, 'utf8').endsWith('172.29.0.5\tx\n'));
    assert.ok(readFileSync(paths.resolvConf, 'utf8').startsWith('nameserver 1.1.1.1\n'));
  } finally {
    process.umask(umask);
  }
});

test("with the host's network its own hosts file is copied, unless there are extra hosts", async () => {
  const own = await writeEtcFiles(join(dir, 'host'), { ...INPUT, hostNetwork: true, ips: [] });
  assert.equal(readFileSync(own.hosts, 'utf8'), readFileSync('/etc/hosts', 'utf8'));
  const extra = await writeEtcFiles(join(dir, 'host'), {
    ...INPUT,
    hostNetwork: true,
    ips: [],
    extraHosts: ['a:1.1.1.1'],
  });
  assert.equal(readFileSync(extra.hosts, 'utf8'), `${LOCAL}1.1.1.1\ta\n`);
});
