// `--sysctl` of an interface: moved to the network for old clients, refused for new ones.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiVersion } from '#src/api/version.ts';
import { withInterfaceSysctls } from '#src/containers/create/interface-sysctls.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import { DockerError } from '#src/errors.ts';

const OPTION = 'com.docker.network.endpoint.sysctls';

function ask(version: number, NetworkMode: string, Sysctls: Record<string, string>, endpoints: object = {}) {
  const request = { hostConfig: { NetworkMode, Sysctls }, endpoints } as unknown as CreateRequest;
  const done = withInterfaceSysctls(request, version as ApiVersion);
  return {
    sysctls: done.request.hostConfig.Sysctls,
    endpoints: done.request.endpoints,
    warnings: done.warnings,
  };
}

describe('sysctls of an interface', () => {
  it('become a driver option of the network; what is asked there comes last', () => {
    const sysctls = { 'net.ipv4.conf.eth0.log_martians': '1', 'net.ipv4.ip_forward': '1' };
    const moved = 'net.ipv4.conf.IFNAME.log_martians=1';
    assert.deepEqual(ask(47, '', sysctls), {
      sysctls: { 'net.ipv4.ip_forward': '1' },
      endpoints: { bridge: { DriverOpts: { [OPTION]: moved } } },
      warnings: [`Migrated sysctl "net.ipv4.conf.eth0.log_martians" to DriverOpts{"${OPTION}":"${moved}"}.`],
    });
    const own = { DriverOpts: { [OPTION]: 'net.ipv4.conf.IFNAME.forwarding=0', a: 'b' } };
    assert.deepEqual(ask(47, 'mine', sysctls, { mine: own, other: null }).endpoints, {
      mine: { DriverOpts: { [OPTION]: `${moved},net.ipv4.conf.IFNAME.forwarding=0`, a: 'b' } },
      other: null,
    });
    assert.deepEqual(Object.keys(ask(47, 'default', sysctls, { default: {} }).endpoints), ['default']);
    // Old versions know one endpoint only.
    assert.deepEqual(Object.keys(ask(43, 'mine', sysctls, { id: {} }).endpoints), ['id']);
  });

  it('others, and those of who has no interfaces of its own, stay', () => {
    for (const [mode, name] of [
      ['', 'net.ipv4.conf.all.forwarding'],
      ['', 'net.ipv4.conf.eth0'],
      ['host', 'net.ipv4.conf.eth0.forwarding'],
      ['container:x', 'net.ipv4.conf.eth0.forwarding'],
    ] as const)
      assert.deepEqual(ask(54, mode, { [name]: '1' }), {
        sysctls: { [name]: '1' },
        endpoints: {},
        warnings: [],
      });
  });

  const refused: [number, string, object, RegExp][] = [
    [
      48,
      'eth0',
      {},
      /^internal: interface specific sysctl setting "net\.ipv4\.conf\.eth0\.x" must be supplied/,
    ],
    [
      47,
      'eth1',
      {},
      /^internal: unable to determine network endpoint for sysctl net\.ipv4\.conf\.eth1\.x, use/,
    ],
    [
      47,
      'eth0',
      { other: {} },
      /^invalid: unable to find a network for sysctl \S+: HostConfig\.NetworkMode must/,
    ],
  ];
  for (const [version, ifname, endpoints, text] of refused) {
    it(`1.${version}, ${ifname}, ${Object.keys(endpoints)}`, () =>
      assert.throws(
        () => ask(version, 'mine', { [`net.ipv4.conf.${ifname}.x`]: '1' }, endpoints),
        (err) => err instanceof DockerError && text.test(`${err.kind}: ${err.clientMessage}`),
      ));
  }
});
