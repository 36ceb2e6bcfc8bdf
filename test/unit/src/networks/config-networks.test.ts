// Configuration networks: what is kept of a request, what is shown of it, and what another network takes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toConfigRecord, withConfigFrom } from '#src/networks/config-networks.ts';
import { decodeNetwork } from '#src/networks/decode.ts';
import { configNetwork } from '#src/networks/from-network.ts';
import type { AccountNetwork } from '#src/networks/lookup.ts';

const made = {
  owner_uuid: 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53',
  uuid: 'a324856e-a934-4532-b77b-d8a0de511205',
  created: '2026-11-28T13:00:00.000Z',
};
const settings = {
  EnableIPv6: true,
  IPAM: {
    Config: [
      { Subnet: '10.1.0.0/24', Gateway: '10.1.0.9', IPRange: '', AuxiliaryAddresses: { a: '10.1.0.3' } },
      { Subnet: 'fd00::/64' },
      {},
    ],
  },
  Options: { 'com.docker.network.driver.mtu': '1400' },
  Labels: { a: 'b' },
};
const record = toConfigRecord(decodeNetwork({ Name: 'cfg', ConfigOnly: true, ...settings }), made);
const all = [{ network: null, network6: null, record, resource: configNetwork(record) }] as AccountNetwork[];

describe('a configuration network', () => {
  it('is shown as it was asked for, of the driver null', () => {
    assert.partialDeepStrictEqual(configNetwork(record), {
      Name: 'cfg',
      Driver: 'null',
      EnableIPv4: true,
      EnableIPv6: true,
      IPAM: {
        Driver: 'default',
        Options: null,
        Config: [
          { Subnet: '10.1.0.0/24', Gateway: '10.1.0.9', AuxiliaryAddresses: { a: '10.1.0.3' } },
          { Subnet: 'fd00::/64' },
        ],
      },
      ConfigOnly: true,
      ConfigFrom: { Network: '' },
      Labels: { a: 'b' },
    });
    const off = decodeNetwork({ Name: 'cfg', ConfigOnly: true, EnableIPv4: false });
    assert.equal(configNetwork(toConfigRecord(off, made)).EnableIPv4, false);
  });

  it('gives its settings to who names it; what an operator says is the taker’s own', () => {
    const taker = { Name: 'n', ConfigFrom: { Network: 'cfg' }, Internal: true };
    assert.partialDeepStrictEqual(withConfigFrom(decodeNetwork(taker), all), {
      name: 'n',
      internal: true,
      enableIPv4: true,
      enableIPv6: true,
      configFrom: 'cfg',
      options: settings.Options,
      labels: settings.Labels,
      ipam: {
        driver: 'default',
        config: [
          { Subnet: '10.1.0.0/24', IPRange: '', Gateway: '10.1.0.9', AuxiliaryAddresses: { a: '10.1.0.3' } },
          { Subnet: 'fd00::/64', IPRange: '', Gateway: '', AuxiliaryAddresses: {} },
        ],
      },
    });
    const alone = decodeNetwork({ Name: 'n' });
    assert.equal(withConfigFrom(alone, all), alone);
  });

  it('is found by its name only, and only where it is one', () => {
    for (const Network of ['nosuch', all[0]!.resource.Id])
      assert.throws(() => withConfigFrom(decodeNetwork({ Name: 'n', ConfigFrom: { Network } }), all), {
        message: `configuration network "${Network}" does not exist`,
      });
  });
});
