// What is checked and planned of a network before anything is made.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DockerError } from '#src/errors.ts';
import { poolSubnets, withIpv6Pool } from '#src/networks/address-pools.ts';
import { decodeNetwork } from '#src/networks/decode.ts';
import { planAddresses } from '#src/networks/plan.ts';
import { validateNetwork, validateSettings } from '#src/networks/validate.ts';

function verdict(body: object): string {
  try {
    const request = decodeNetwork({ Name: 'n', ...body });
    validateNetwork(request);
    if (!request.configOnly) validateSettings(request);
    return 'fine';
  } catch (err) {
    assert.ok(err instanceof DockerError);
    return `${err.kind}: ${err.clientMessage}`;
  }
}
const six = (...Config: object[]): object => ({ EnableIPv6: true, IPAM: { Config } });
const ipam = (...Config: object[]): object => ({ IPAM: { Config } });

describe('refuses', () => {
  const cases: [object, RegExp][] = [
    [{ Name: 'bridge' }, /^forbidden: operation is not permitted on predefined bridge network $/],
    [{ Name: ' ' }, /^invalid: invalid name: name is empty$/],
    [{ Driver: 'overlay' }, /^forbidden: This node is not a swarm manager\./],
    [{ Driver: 'host' }, /^forbidden: only one instance of "host" network is allowed$/],
    [{ Driver: 'macvlan' }, /^notImplemented: the network driver macvlan is not/],
    [{ Driver: 'x' }, /^notFound: could not find plugin x in v1 plugin registry: plugin not found$/],
    [{ EnableIPv4: false }, /^invalid: IPv4 or IPv6 must be enabled$/],
    [{ EnableIPv4: false, EnableIPv6: true }, /^notImplemented: a network without IPv4/],
    [{ EnableIPv4: false, ConfigOnly: true }, /^fine$/],
    ...[{ Internal: true }, { Attachable: true }, { Ingress: true }, { Scope: 'local' }].map(
      (field): [object, RegExp] => [
        { ConfigOnly: true, ...field },
        /^forbidden: configuration network can only contain network specific fields\. Network operator fields like \[ ingress \| internal \| attachable \| scope \] are not supported\.$/,
      ],
    ),
    [
      { ConfigOnly: true, ConfigFrom: { Network: 'c' } },
      /^forbidden: a configuration network cannot depend on another configuration network$/,
    ],
    [{ ConfigOnly: true, ...ipam({ Subnet: '10.0.0.1/24' }) }, /it should be 10\.0\.0\.0\/24$/],
    ...[
      { Labels: { a: 'b' } },
      { EnableIPv6: true },
      { EnableIPv4: false },
      ipam({ Subnet: '10.0.0.0/24' }),
      { IPAM: { Driver: 'x' } },
    ].map((setting): [object, RegExp] => [
      { ConfigFrom: { Network: 'c' }, ...setting },
      /^forbidden: user-specified configurations are not supported if the network depends on a configuration network$/,
    ]),
    [
      { ConfigFrom: { Network: 'c' }, Options: { a: 'b' } },
      /^forbidden: network driver options are not supported if the network depends on a configuration network$/,
    ],
    [{ Options: { 'com.docker.network.bridge.name': 'br9' } }, /^notImplemented: the network option com\./],
    [{ Options: { 'com.docker.network.driver.mtu': '9' } }, /^invalid: invalid MTU '9'/],
    [{ Options: { 'com.docker.network.bridge.enable_icc': 'x' } }, /ParseBool: parsing "x": invalid syntax$/],
    [
      { Labels: { a: 1 } },
      /^invalid: invalid JSON: json: cannot unmarshal number into Go struct field \S+\.Labels of type string$/,
    ],
    [
      ipam({ Subnet: '10.0.0.1/24' }),
      /^invalid: invalid network config:\ninvalid subnet 10\.0\.0\.1\/24: it should be 10\.0\.0\.0\/24$/,
    ],
    [ipam({ Subnet: 'x' }), /invalid subnet x: invalid CIDR block notation$/],
    [ipam({ Subnet: '10.0.0.0/31' }), /needs four addresses at least$/],
    [
      ipam({ Subnet: '10.0.0.0/24', Gateway: '10.0.1.1' }),
      /invalid gateway 10\.0\.1\.1: parent subnet 10\.0\.0\.0\/24 doesn't contain this address$/,
    ],
    [ipam({ Subnet: '10.0.0.0/24', Gateway: '::1' }), /invalid gateway ::1: parent subnet is an IPv4 block$/],
    [
      ipam({ Subnet: '10.0.0.0/24', IPRange: '10.0.0.0/16' }),
      /CIDR block is bigger than its parent subnet 10\.0\.0\.0\/24$/,
    ],
    [
      ipam({ Subnet: '10.0.0.0/24', IPRange: '10.0.1.0/25' }),
      /parent subnet 10\.0\.0\.0\/24 doesn't contain ip-range$/,
    ],
    [
      ipam({ Subnet: '10.0.0.0/24', AuxiliaryAddresses: { a: '1.2.3.4' } }),
      /invalid auxiliary address a: parent subnet/,
    ],
    [ipam({ Gateway: '10.0.0.1' }), /needs a subnet$/],
    [six({ Subnet: 'fd00::1/64' }), /invalid subnet fd00::1\/64: it should be fd00::\/64$/],
    [six({ Subnet: 'fd00::/127' }), /needs four addresses at least$/],
    [
      six({ Subnet: 'fd00::/64', Gateway: '10.0.0.1' }),
      /invalid gateway 10\.0\.0\.1: parent subnet is an IPv6 block$/,
    ],
    [
      six({ Subnet: 'fd00::/64', Gateway: 'fd01::1' }),
      /invalid gateway fd01::1: parent subnet fd00::\/64 doesn't contain this address$/,
    ],
    [
      six({ Subnet: 'fd00::/64', IPRange: 'fd00::/48' }),
      /CIDR block is bigger than its parent subnet fd00::\/64$/,
    ],
    [
      six({ Subnet: 'fd00::/64', IPRange: '10.0.0.0/8' }),
      /invalid ip-range 10\.0\.0\.0\/8: parent subnet is an IPv6 block$/,
    ],
    [six({ Subnet: 'fd00::/64' }, { Subnet: 'fd01::/64' }), /doesn't support multiple subnets$/],
    [
      ipam({ Subnet: '10.0.0.0/24' }, { Subnet: '10.0.1.0/24' }),
      /^forbidden: bridge driver doesn't support multiple subnets$/,
    ],
  ];
  for (const [body, text] of cases) it(JSON.stringify(body), () => assert.match(verdict(body), text));
});

describe('takes', () => {
  const cases = [
    {},
    { Driver: 'bridge', IPAM: { Driver: 'default', Config: [], Options: {} }, Options: {}, Labels: {} },
    { Options: { 'com.docker.network.bridge.enable_icc': 'true', mine: 'x' } },
    {
      Options: {
        'com.docker.network.bridge.enable_icc': 'false',
        'com.docker.network.bridge.enable_ip_masquerade': '0',
      },
    },
    // IPv6 is off: dockerd leaves such an entry alone.
    ipam({ Subnet: 'fd00::/64' }),
    six(),
    six(
      { Subnet: '10.0.0.0/24' },
      { Subnet: 'FD00:0::/64', Gateway: 'fd00::ffff', IPRange: 'fd00::1:0/112' },
    ),
  ];
  for (const body of cases) it(JSON.stringify(body), () => assert.equal(verdict(body), 'fine'));
});

describe('plans', () => {
  const asked = (over: object) => ({ Subnet: '', IPRange: '', Gateway: '', AuxiliaryAddresses: {}, ...over });
  const cases: [string, object | undefined, string, [string, string, string]][] = [
    ['a subnet of the pools', undefined, '10.0.0.0/24', ['10.0.0.1', '10.0.0.2', '10.0.0.254']],
    ['a subnet of its own', { Subnet: '10.1.0.0/30' }, '', ['10.1.0.1', '10.1.0.2', '10.1.0.2']],
    [
      'another gateway',
      { Subnet: '10.1.0.0/24', Gateway: '10.1.0.9' },
      '',
      ['10.1.0.9', '10.1.0.1', '10.1.0.254'],
    ],
    [
      'a range',
      { Subnet: '10.1.0.0/16', IPRange: '10.1.5.0/24' },
      '',
      ['10.1.5.0', '10.1.5.1', '10.1.5.255'],
    ],
    [
      'a gateway beside what is reserved',
      { Subnet: '10.1.0.0/24', AuxiliaryAddresses: { a: '10.1.0.1' } },
      '',
      ['10.1.0.2', '10.1.0.1', '10.1.0.254'],
    ],
    ['IPv6', { Subnet: 'FD00::/64' }, '', ['fd00::1', 'fd00::2', 'fd00::ffff:ffff:ffff:ffff']],
    [
      'an IPv6 range and gateway',
      { Subnet: 'fd00::/64', IPRange: 'fd00::5:0/112', Gateway: 'fd00::9' },
      '',
      ['fd00::9', 'fd00::5:0', 'fd00::5:ffff'],
    ],
  ];
  for (const [what, config, subnet, want] of cases) {
    it(what, () => {
      const { gateway, start, end } = planAddresses(config && asked(config), subnet);
      assert.deepEqual([gateway, start, end], want);
    });
  }
});

it('cuts the pools into pieces, in their order', () => {
  const pools = [
    { base: '10.0.0.0/30', size: 31 },
    { base: '192.168.0.0/16', size: 16 },
  ];
  assert.deepEqual([...poolSubnets(pools, 4)], ['10.0.0.0/31', '10.0.0.2/31', '192.168.0.0/16']);
  assert.deepEqual([...poolSubnets(pools, 6)], []);
  assert.deepEqual(
    [...poolSubnets([...pools, { base: 'fd00:1::/63', size: 64 }], 6)],
    ['fd00:1::/64', 'fd00:1:0:1::/64'],
  );
});

it('has a unique local prefix of its own where the settings name none', () => {
  const base = (seed: string) => withIpv6Pool([], seed)[0]!.base;
  assert.match(base('a'), /^fd[0-9a-f]{2}:[0-9a-f]{4}:[0-9a-f]{4}::\/48$/);
  assert.equal(base('a'), base('a'));
  assert.notEqual(base('a'), base('b'));
  const given = [{ base: 'fd00:1::/48', size: 64 }];
  assert.equal(withIpv6Pool(given, 'a'), given);
});
