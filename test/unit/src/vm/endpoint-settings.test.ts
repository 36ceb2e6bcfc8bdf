// EndpointSettings: what is taken, what is refused, and what the datacenter's refusals are called.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TritonError } from '#lib/wire/errors.ts';
import { DockerError } from '#src/errors.ts';
import { decodeEndpoint, placedOn, toNetworkRequest, validateEndpoint } from '#src/vm/endpoint-settings.ts';
import { toNicError } from '#src/vm/nic-errors.ts';

const SYSCTLS = 'com.docker.network.endpoint.sysctls';
const network = { uuid: 'a324856e-a934-4532-b77b-d8a0de511205', subnet: '10.1.0.0/24' };
const network6 = { uuid: 'a324856e-a934-4532-b77b-d8a0de511206', subnet: 'fd00:1::/64' };

function verdict(name: string, raw: object, six: typeof network6 | null = network6): string {
  try {
    validateEndpoint(name, { network, network6: six }, decodeEndpoint(raw as Record<string, unknown>));
    return 'fine';
  } catch (err) {
    assert.ok(err instanceof DockerError);
    return `${err.kind}: ${err.clientMessage}`;
  }
}

describe('an endpoint', () => {
  const cases: [string, object, RegExp][] = [
    ['mine', {}, /^fine$/],
    [
      'mine',
      { IPAMConfig: { IPv4Address: '10.1.0.9' }, Aliases: ['x'], MacAddress: '02-42-ac-11-00-02' },
      /^fine$/,
    ],
    [
      'mine',
      { IPAMConfig: { IPv4Address: '10.2.0.9' } },
      /^invalid: invalid endpoint settings:\nno configured subnet contains IP address 10\.2\.0\.9$/,
    ],
    ['mine', { IPAMConfig: { IPv4Address: 'x' } }, /invalid IPv4 address: x$/],
    ['mine', { IPAMConfig: { IPv4Address: '0.0.0.0' } }, /invalid IPv4 address: 0\.0\.0\.0$/],
    [
      'bridge',
      { IPAMConfig: { IPv4Address: '10.1.0.9' }, Aliases: ['x'] },
      /user-defined networks only\nnetwork-scoped aliases are only supported for user-defined networks$/,
    ],
    ['mine', { IPAMConfig: { IPv6Address: 'FD00:1::2' } }, /^fine$/],
    ['mine', { IPAMConfig: { IPv6Address: '::' } }, /invalid IPv6 address: ::$/],
    ['mine', { IPAMConfig: { IPv6Address: '10.1.0.9' } }, /invalid IPv6 address: 10\.1\.0\.9$/],
    ['mine', { IPAMConfig: { IPv6Address: 'fd00::2' } }, /no configured subnet contains IP address fd00::2$/],
    ['bridge', { IPAMConfig: { IPv6Address: 'fd00:1::2' } }, /user-defined networks only$/],
    ['mine', { IPAMConfig: { LinkLocalIPs: ['169.254.1.1', 'fe80::1'] } }, /^fine$/],
    ['bridge', { IPAMConfig: { LinkLocalIPs: ['169.254.1.1'] } }, /^fine$/],
    // Whose those are is NAPI's to say: a neighbour may be of another account.
    ...['10.1.0.1', 'fd00:1::9', '169.253.5.5', '2001:db8::89'].map((text): [string, object, RegExp] => [
      'bridge',
      { IPAMConfig: { LinkLocalIPs: [text] } },
      new RegExp(`^invalid: invalid endpoint settings:\\ninvalid link-local IP address: ${text}$`),
    ]),
    [
      'mine',
      { IPAMConfig: { IPv4Address: '10.2.0.9', LinkLocalIPs: ['x', '0.0.0.0'] } },
      /:\ninvalid link-local IP address: x\ninvalid link-local IP address: 0\.0\.0\.0\nno configured subnet/,
    ],
    [
      'mine',
      { DriverOpts: { a: 'b', [SYSCTLS]: 'net.ipv4.conf.IFNAME.x=1,net.mpls.conf.ifname.y.z=2' } },
      /^fine$/,
    ],
    ...['', 'net.ipv4.conf.eth0.x=1', 'net.ipv5.conf.IFNAME.x=1', 'net.ipv4.IFNAME.x=1'].map(
      (text): [string, object, RegExp] => [
        'mine',
        { DriverOpts: { [SYSCTLS]: `net.ipv4.conf.IFNAME.x=1,${text}` } },
        /^invalid: invalid endpoint settings:\nunrecognised network interface sysctl '[^,]*'; represent 'net\.X\.Y\.ethN\.Z=V' as 'net\.X\.Y\.IFNAME\.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'$/,
      ],
    ),
    ['mine', { MacAddress: 'x' }, /^invalid: invalid MAC address: address x/],
    ['mine', { Aliases: 'x' }, /cannot unmarshal string into Go struct field EndpointSettings\.Aliases/],
  ];
  for (const [name, raw, text] of cases)
    it(`${name} ${JSON.stringify(raw)}`, () => assert.match(verdict(name, raw), text));

  it('cannot have an IPv6 address where there is no such subnet', () => {
    const text = verdict('mine', { IPAMConfig: { IPv6Address: 'fd00:1::2' } }, null);
    assert.match(text, /no configured subnet contains IP address fd00:1::2$/);
  });

  it('becomes what VMAPI is asked for, and the record of the place', () => {
    const endpoint = decodeEndpoint({
      IPAMConfig: { IPv4Address: '10.1.0.9' },
      MacAddress: '02:42:ac:11:00:02',
    });
    assert.deepEqual(toNetworkRequest(network, endpoint, null), {
      uuid: network.uuid,
      ip: '10.1.0.9',
      mac: '02:42:ac:11:00:02',
    });
    assert.deepEqual(toNetworkRequest(network, decodeEndpoint(null), null), { uuid: network.uuid });
    const both = decodeEndpoint({ IPAMConfig: { IPv6Address: 'fd00:1::9' } });
    assert.deepEqual(toNetworkRequest(network, both, network6), {
      uuid: network.uuid,
      ipv6_uuid: network6.uuid,
      ipv6_ips: ['fd00:1::9'],
    });
    const quiet = decodeEndpoint({ DriverOpts: { [SYSCTLS]: 'net.ipv6.conf.IFNAME.disable_ipv6=1' } });
    assert.deepEqual(toNetworkRequest(network, quiet, network6), { uuid: network.uuid });
    assert.equal(placedOn(network, endpoint).NetworkID.length, 64);
  });
});

describe('refusals of a nic', () => {
  const refusal = (code: string, errors: { field: string; code: string; message?: string }[] = []) =>
    new TritonError(code, 422, 'no', errors);
  const cases: [TritonError, RegExp][] = [
    [
      refusal('InvalidParameters', [{ field: 'ip', code: 'UsedBy' }]),
      /^forbidden: p: Address already in use$/,
    ],
    [
      refusal('InvalidParameters', [{ field: 'mac', code: 'Duplicate' }]),
      /^conflict: p: MAC address already in use$/,
    ],
    [
      refusal('InvalidParameters', [{ field: 'mac', code: 'InvalidParameter', message: 'bad' }]),
      /^invalid: p: mac: bad$/,
    ],
    [refusal('SubnetFull'), /^unavailable: p: no available IPv4 addresses/],
    [refusal('UnprocessableEntityError'), /^notFound: p: network not found$/],
    [refusal('VmNotFound'), /^notFound: No such container: web$/],
  ];
  for (const [err, text] of cases) {
    it(`${err.restCode} ${JSON.stringify(err.errors)}`, () => {
      const told = toNicError(err, { ref: 'web' }, 'p: ') as DockerError;
      assert.match(`${told.kind}: ${told.clientMessage}`, text);
    });
  }
});
