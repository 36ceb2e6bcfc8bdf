// IPv6 networks in CoaL's NAPI: a second address of a nic, whose each is, and what is refused.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Napi } from '#lib/coal/napi/napi.ts';
import type { CoalRequest } from '#lib/coal/types.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { ADMIN, napiIn, tempDir, vm } from './make-napi.ts';

const FOUR = 'a324856e-a934-4532-b77b-d8a0de511204';
const SIX = 'a324856e-a934-4532-b77b-d8a0de511206';
const four = {
  uuid: FOUR,
  name: 'n',
  subnet: '10.1.0.0/24',
  provision_start_ip: '10.1.0.2',
  provision_end_ip: '10.1.0.254',
  gateway: '10.1.0.1',
};
const six = {
  uuid: SIX,
  name: 'n6',
  subnet: 'fd00:1::/64',
  provision_start_ip: 'fd00:1::2',
  provision_end_ip: 'fd00:1::ffff:ffff:ffff:ffff',
  gateway: 'fd00:1::1',
};

/** Asks a route; the body of its answer. */
async function ask(napi: Napi, name: string, params: object, body: object = {}, query: object = {}) {
  const route = napi.routes.find((one) => one.name === name)!;
  const req = { params: { owner: ADMIN, vlan: '2', ...params }, body, query } as unknown as CoalRequest;
  return ((await route.handler(req)) as { body: unknown }).body as Record<string, unknown> &
    Record<string, unknown>[];
}

async function dual(t: TestContext): Promise<{ napi: Napi; dir: string }> {
  const dir = tempDir(t, 'napi6');
  const napi = await napiIn(dir);
  t.after(() => napi.close().catch(() => {}));
  await ask(napi, 'CreateFabricVLAN', {}, { vlan_id: 2 });
  await ask(napi, 'CreateFabricNetwork', {}, four);
  await ask(napi, 'CreateFabricNetwork', {}, six);
  return { napi, dir };
}

function refusal(of: () => unknown): unknown {
  try {
    of();
  } catch (err) {
    assert.ok(err instanceof TritonError);
    return err.errors[0]?.code ?? err.restCode;
  }
  return 'none';
}

describe('an IPv6 network', () => {
  it('is shown by its family, beside the IPv4 one of its VLAN', async (t) => {
    const { napi } = await dual(t);
    const shown = await ask(napi, 'GetNetwork', { uuid: SIX });
    assert.equal(shown.family, 'ipv6');
    assert.deepEqual([shown.subnet, shown.gateway, shown.netmask], ['fd00:1::/64', 'fd00:1::1', undefined]);
    const listed = await ask(napi, 'ListNetworks', {}, {}, { family: 'ipv6' });
    assert.deepEqual(
      listed.map(({ uuid }) => uuid),
      [SIX],
    );
    assert.deepEqual(
      napi.fabrics().map(({ uuid, ipv6 }) => [uuid, ipv6]),
      [[FOUR, { subnet: 'fd00:1::/64', gateway: 'fd00:1::1' }]],
    );
  });

  it('gives a nic a second address, the same one when asked again and after a restart', async (t) => {
    const { napi, dir } = await dual(t);
    const want = { uuid: FOUR, ipv6_uuid: SIX };
    const [nic] = napi.provisionNics(vm(1), [want]);
    assert.deepEqual(nic?.ips, ['10.1.0.2/24', 'fd00:1::2/64']);
    assert.deepEqual(nic?.gateways, ['10.1.0.1', 'fd00:1::1']);
    assert.equal(nic?.network6_uuid, SIX);
    assert.deepEqual(napi.provisionNics(vm(1), [want]), [nic]);
    await napi.close();
    const again = await napiIn(dir);
    t.after(() => again.close());
    assert.deepEqual(again.nicsOf(vm(1).uuid), [nic]);
    assert.deepEqual(again.provisionNics(vm(2), [want])[0]?.ips?.[1], 'fd00:1::3/64');
    again.releaseNics(vm(1).uuid);
    // A freed one rests until the others had their turn.
    assert.deepEqual(again.provisionNics(vm(3), [want])[0]?.ips?.[1], 'fd00:1::4/64');
    assert.equal(
      again.provisionNics(vm(4), [{ ...want, ipv6_ips: ['FD00:1::2'] }])[0]?.ips?.[1],
      'fd00:1::2/64',
    );
  });

  it('refuses what is taken, reserved, outside, or of another VLAN', async (t) => {
    const { napi } = await dual(t);
    await ask(napi, 'UpdateIP', { uuid: SIX, ip: 'fd00:1::9' }, { reserved: true });
    const at = (ip: string) =>
      refusal(() => napi.provisionNics(vm(1), [{ uuid: FOUR, ipv6_uuid: SIX, ipv6_ips: [ip] }]));
    assert.equal(at('fd00:1::5'), 'none');
    const other = (ip: string) =>
      refusal(() => napi.addNics(vm(2), [{ uuid: FOUR, ipv6_uuid: SIX, ipv6_ips: [ip] }]));
    for (const ip of ['fd00:1::5', 'fd00:1::1', 'fd00:1::', 'fd00:1::9'])
      assert.equal(other(ip), 'UsedBy', ip);
    for (const ip of ['fd00:2::5', 'x', '10.1.0.9']) assert.equal(other(ip), 'InvalidParameter', ip);
    const standard = { uuid: napi.network.uuid, ipv6_uuid: SIX };
    assert.equal(
      refusal(() => napi.addNics(vm(2), [standard])),
      'ResourceNotFound',
    );
    // All or nothing: the IPv4 address of a refused nic is free again.
    assert.deepEqual(napi.nicsOf(vm(2).uuid), []);
    const ips = await ask(napi, 'ListIPs', { uuid: SIX });
    assert.deepEqual(
      ips.map(({ ip }) => ip),
      ['fd00:1::1', 'fd00:1::5', 'fd00:1::9'],
    );
  });

  it('cannot go while a nic has an address of it, nor lie over another', async (t) => {
    const { napi } = await dual(t);
    napi.provisionNics(vm(1), [{ uuid: FOUR, ipv6_uuid: SIX }]);
    await assert.rejects(ask(napi, 'DeleteFabricNetwork', { uuid: SIX }), /must have no NICs/);
    const over = { ...six, uuid: undefined, name: 'x', subnet: 'fd00:1::/48' };
    await assert.rejects(ask(napi, 'CreateFabricNetwork', {}, over), TritonError);
    napi.releaseNics(vm(1).uuid);
    await ask(napi, 'DeleteFabricNetwork', { uuid: SIX });
    assert.equal(napi.fabrics()[0]?.ipv6, undefined);
  });
});
