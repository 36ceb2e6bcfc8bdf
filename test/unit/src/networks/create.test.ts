// What is checked and planned of a network before anything is made.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DockerError } from '#src/errors.ts';
import { poolSubnets } from '#src/networks/address-pools.ts';
import { decodeNetwork } from '#src/networks/decode.ts';
import { planAddresses } from '#src/networks/plan.ts';
import { validateNetwork } from '#src/networks/validate.ts';

function verdict(body: object): string {
  try {
    validateNetwork(decodeNetwork({ Name: 'n', ...body }));
    return 'fine';
  } catch (err) {
    assert.ok(err instanceof DockerError);
    return `${err.kind}: ${err.clientMessage}`;
  }
}
const ipam = (...Config: object[]): object => ({ IPAM: { Config } });

describe('refuses', () => {
  const cases: [object, RegExp][] = [
    [{ Name: 'bridge' }, /^forbidden: operation is not permitted on predefined bridge network $/],
    [{ Name: ' ' }, /^invalid: invalid name: name is empty$/],
    [{ Driver: 'overlay' }, /^forbidden: This node is not a swarm manager\./],
    [{ Driver: 'host' }, /^forbidden: only one instance of "host" network is allowed$/],
    [{ Driver: 'macvlan' }, /^notImplemented: the network driver macvlan is not/],
    [{ Driver: 'x' }, /^notFound: could not find plugin x in v1 plugin registry: plugin not found$/],
    [{ EnableIPv6: true }, /^notImplemented: IPv6/],
    [{ EnableIPv4: false }, /^notImplemented: a network without IPv4/],
    [{ ConfigOnly: true }, /^notImplemented: configuration networks/],
    [{ Options: { 'com.docker.network.bridge.name': 'br9' } }, /^notImplemented: the network option com\./],
    [{ Options: { 'com.docker.network.driver.mtu': '9' } }, /^invalid: invalid MTU '9'/],
    [{ Labels: { a: 1 } }, /^invalid: invalid JSON: json: cannot unmarshal object into Go struct field/],
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
    // IPv6 is off: dockerd leaves such an entry alone.
    ipam({ Subnet: 'fd00::/64' }),
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
  assert.deepEqual([...poolSubnets(pools)], ['10.0.0.0/31', '10.0.0.2/31', '192.168.0.0/16']);
});
