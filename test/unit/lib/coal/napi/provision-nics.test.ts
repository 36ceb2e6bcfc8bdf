// The doors of lib/coal/napi/napi.ts: nics of VMs, their addresses over restarts, and each refusal.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Napi } from '#lib/coal/napi/napi.ts';
import type { VmNetworkRequest } from '#lib/wire/types.ts';
import { ADMIN, napiIn, tempDir, vm } from './make-napi.ts';

async function fresh(t: TestContext): Promise<{ napi: Napi; dir: string; want: VmNetworkRequest }> {
  const dir = tempDir(t, 'napi');
  const napi = await napiIn(dir);
  t.after(() => napi.close().catch(() => {}));
  return { napi, dir, want: { uuid: napi.network.uuid } };
}

describe('provisionNics', () => {
  it('gives a whole nic', async (t) => {
    const { napi, want } = await fresh(t);
    const [nic] = napi.provisionNics(vm(1), [want]);
    assert.match(nic?.mac ?? '', /^90:b8:d0(:[0-9a-f]{2}){3}$/);
    assert.deepEqual(nic, {
      mac: nic?.mac,
      ip: '10.9.0.2',
      ips: ['10.9.0.2/29'],
      netmask: '255.255.255.248',
      gateway: '10.9.0.1',
      gateways: ['10.9.0.1'],
      interface: 'eth0',
      mtu: 1500,
      nic_tag: 'external',
      vlan_id: 0,
      network_uuid: napi.network.uuid,
      primary: true,
    });
  });

  it('gives the same nic when it is asked again, and none when none is wanted', async (t) => {
    const { napi, want } = await fresh(t);
    assert.deepEqual(napi.provisionNics(vm(1), []), []);
    const first = napi.provisionNics(vm(1), [want]);
    assert.deepEqual(napi.provisionNics(vm(1), [want]), first);
    assert.deepEqual(napi.nicHolders(), [vm(1).uuid]);
  });

  it('numbers the interfaces and marks the primary one', async (t) => {
    const { napi, want } = await fresh(t);
    const nics = napi.provisionNics(vm(1), [want, { ...want, primary: true }]);
    assert.deepEqual(
      nics.map((nic) => [nic.interface, nic.primary]),
      [
        ['eth0', false],
        ['eth1', true],
      ],
    );
  });

  it('takes the address and the MAC that are asked for', async (t) => {
    const { napi, want } = await fresh(t);
    const asked = { ...want, ip: '10.9.0.5', mac: '02:42:0A:09:00:05' };
    const nics = napi.provisionNics(vm(1), [asked]);
    assert.equal(nics[0]?.ip, '10.9.0.5');
    assert.equal(nics[0]?.mac, '02:42:0a:09:00:05');
    assert.deepEqual(napi.provisionNics(vm(1), [asked]), nics);
  });

  it('is full when it is full, and has room again after a release', async (t) => {
    const { napi, want } = await fresh(t);
    for (let n = 1; n <= 5; n++) napi.provisionNics(vm(n), [want]);
    assert.throws(() => napi.provisionNics(vm(6), [want]), { restCode: 'SubnetFull', statusCode: 507 });
    napi.releaseNics(vm(3).uuid);
    assert.equal(napi.provisionNics(vm(6), [want])[0]?.ip, '10.9.0.4');
  });

  it('makes all or none', async (t) => {
    const { napi, want } = await fresh(t);
    const wanted = [want, { ...want, ip: '1.2.3.4' }];
    assert.throws(() => napi.provisionNics(vm(1), wanted), { restCode: 'InvalidParameters' });
    assert.deepEqual(napi.nicHolders(), []);
  });

  it('refuses a network that it does not have', async (t) => {
    const { napi } = await fresh(t);
    assert.throws(() => napi.provisionNics(vm(1), [{ uuid: ADMIN }]), {
      restCode: 'ResourceNotFound',
      statusCode: 404,
    });
  });

  const refused: [string, Partial<VmNetworkRequest>, object][] = [
    [
      'an address in use',
      { ip: '10.9.0.2' },
      {
        ...{ type: 'zone', id: vm(9).uuid, code: 'UsedBy', field: 'ip' },
        message: `IP in use by zone "${vm(9).uuid}"`,
      },
    ],
    [
      'the gateway',
      { ip: '10.9.0.1' },
      { type: 'other', id: ADMIN, code: 'UsedBy', field: 'ip', message: `IP in use by other "${ADMIN}"` },
    ],
    [
      'the broadcast address',
      { ip: '10.9.0.7' },
      { type: 'other', id: ADMIN, code: 'UsedBy', field: 'ip', message: `IP in use by other "${ADMIN}"` },
    ],
    ['no address', { ip: 'x' }, { field: 'ip', code: 'InvalidParameter', message: 'invalid IP address' }],
    ['no MAC', { mac: 'x' }, { field: 'mac', code: 'InvalidParameter', message: 'invalid MAC address' }],
    [
      'a MAC in use',
      { mac: '02:42:00:00:00:01' },
      { field: 'mac', code: 'Duplicate', message: 'Already exists' },
    ],
  ];
  for (const [what, wish, error] of refused) {
    it(`refuses ${what}`, async (t) => {
      const { napi, want } = await fresh(t);
      napi.provisionNics(vm(9), [{ ...want, mac: '02:42:00:00:00:01' }]);
      assert.throws(() => napi.provisionNics(vm(1), [{ ...want, ...wish }]), {
        restCode: 'InvalidParameters',
        statusCode: 422,
        errors: [error],
      });
    });
  }

  for (const ip of ['10.9.0.0', '10.9.0.8', '1.2.3.4']) {
    it(`refuses ${ip}, which is outside`, async (t) => {
      const { napi, want } = await fresh(t);
      const message = `IP address ${ip} is outside the subnet for given network ${want.uuid}`;
      assert.throws(() => napi.provisionNics(vm(1), [{ ...want, ip }]), {
        errors: [{ field: 'ip', code: 'InvalidParameter', message }],
      });
    });
  }
});

describe('releaseNics', () => {
  it('does nothing for a VM without nics', async (t) => {
    const { napi } = await fresh(t);
    napi.releaseNics(vm(1).uuid);
  });

  it('lets an address rest until the others had their turn', async (t) => {
    const { napi, want } = await fresh(t);
    const ips: unknown[] = [];
    for (let n = 1; n <= 6; n++) {
      ips.push(napi.provisionNics(vm(n), [want])[0]?.ip);
      napi.releaseNics(vm(n).uuid);
    }
    assert.deepEqual(ips, ['10.9.0.2', '10.9.0.3', '10.9.0.4', '10.9.0.5', '10.9.0.6', '10.9.0.2']);
  });
});

describe('a restart', () => {
  it('keeps the network, the nics and the place of the search', async (t) => {
    const { napi, dir, want } = await fresh(t);
    const nics = napi.provisionNics(vm(1), [want]);
    napi.provisionNics(vm(2), [want]);
    napi.releaseNics(vm(2).uuid);
    await napi.close();

    const again = await napiIn(dir, { name: 'renamed', mtu: 1400 });
    t.after(() => again.close());
    assert.equal(again.network.uuid, want.uuid);
    assert.equal(again.network.name, 'renamed');
    assert.deepEqual(again.nicHolders(), [vm(1).uuid]);
    assert.deepEqual(again.provisionNics(vm(1), [want]), [{ ...nics[0], mtu: 1400 }]);
    assert.equal(again.provisionNics(vm(3), [want])[0]?.ip, '10.9.0.4');
  });

  it('with another subnet is refused while nics are held, and fine afterwards', async (t) => {
    const { napi, dir, want } = await fresh(t);
    napi.provisionNics(vm(1), [want]);
    await napi.close();
    await assert.rejects(
      napiIn(dir, { subnet: '10.8.0.0/24' }),
      /cannot change from 10.9.0.0\/29 to 10.8.0.0\/24 while 1 nics/,
    );

    const old = await napiIn(dir);
    old.releaseNics(vm(1).uuid);
    await old.close();
    const moved = await napiIn(dir, { subnet: '10.8.0.0/24' });
    t.after(() => moved.close());
    assert.equal(moved.network.uuid, want.uuid);
    assert.equal(moved.provisionNics(vm(1), [want])[0]?.ip, '10.8.0.2');
  });
});

it('3000 nics take a moment only', async (t) => {
  const dir = tempDir(t, 'napi');
  const napi = await napiIn(dir, { subnet: '10.9.0.0/16' });
  const want = { uuid: napi.network.uuid };
  const began = performance.now();
  const nics = Array.from({ length: 3000 }, (_, n) => napi.provisionNics(vm(n), [want])[0]!);
  const ms = performance.now() - began;
  assert.equal(new Set(nics.map((nic) => nic.ip)).size, 3000);
  assert.equal(new Set(nics.map((nic) => nic.mac)).size, 3000);
  assert.ok(ms < 5000, `took ${ms} ms`);
  await napi.close();
  const again = await napiIn(dir, { subnet: '10.9.0.0/16' });
  t.after(() => again.close());
  assert.equal(again.nicHolders().length, 3000);
});
