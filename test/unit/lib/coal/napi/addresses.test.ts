// IPv4 arithmetic, MACs, name servers and the turn-taking of free addresses.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddressPool } from '#lib/coal/napi/address-pool.ts';
import { layOut } from '#lib/coal/napi/ipv4.ts';
import { newMac, parseMac } from '#lib/coal/napi/mac.ts';
import { hostResolvers, usableResolvers } from '#lib/coal/napi/resolvers.ts';
import { ipToNumber, netmaskOf, numberToIp } from '#lib/wire/ipv4.ts';

describe('ipv4', () => {
  for (const ip of ['0.0.0.0', '10.0.0.1', '172.29.255.254', '255.255.255.255']) {
    it(`${ip} there and back`, () => assert.equal(numberToIp(ipToNumber(ip) ?? -1), ip));
  }
  for (const text of ['', '1.2.3', '1.2.3.256', '::1', '01.2.3.4']) {
    it(`'${text}' is none`, () => assert.equal(ipToNumber(text), null));
  }

  const subnets: [string, string[]][] = [
    ['172.29.0.0/16', ['172.29.0.1', '172.29.0.2', '172.29.255.254', '172.29.255.255', '255.255.0.0']],
    [
      '192.168.1.128/25',
      ['192.168.1.129', '192.168.1.130', '192.168.1.254', '192.168.1.255', '255.255.255.128'],
    ],
    ['10.0.0.4/30', ['10.0.0.5', '10.0.0.6', '10.0.0.6', '10.0.0.7', '255.255.255.252']],
  ];
  for (const [cidr, expected] of subnets) {
    it(`lays out ${cidr}`, () => {
      const { gateway, start, end, broadcast, prefix } = layOut(cidr);
      assert.deepEqual([...[gateway, start, end, broadcast].map(numberToIp), netmaskOf(prefix)], expected);
    });
  }
  for (const cidr of ['10.0.0.0', '10.0.0.0/31', '10.0.0.1/24', 'x/24']) {
    it(`refuses ${cidr}`, () => assert.throws(() => layOut(cidr), RangeError));
  }
});

describe('mac', () => {
  const cases: [string, string | null][] = [
    ['90b8d09ba193', '90:b8:d0:9b:a1:93'],
    ['02:42:AC:11:00:02', '02:42:ac:11:00:02'],
    ['02-42-ac-11-00-02', '02:42:ac:11:00:02'],
    ['01:00:5e:00:00:01', null],
    ['00:00:00:00:00:00', null],
    ['90:b8:d0:9b:a1', null],
    ['nonsense', null],
  ];
  for (const [text, mac] of cases) it(`${text} → ${mac}`, () => assert.equal(parseMac(text), mac));

  it('makes new ones of the block of Triton until one is free', () => {
    let refused = 0;
    const mac = newMac(() => refused++ < 3);
    assert.match(mac, /^90:b8:d0(:[0-9a-f]{2}){3}$/);
    assert.equal(refused, 4);
  });
});

describe('resolvers', () => {
  it('leaves out what a container cannot reach', () => {
    const text =
      '# nameserver 9.9.9.9\nnameserver 127.0.0.53\nnameserver ::1\nnameserver 10.0.0.2\nsearch x\n';
    assert.deepEqual(usableResolvers(text), ['10.0.0.2']);
  });

  it('has none where there is no file', () => assert.deepEqual(hostResolvers(['/nonexistent']), []));
});

describe('AddressPool', () => {
  const poolOf = (taken: Set<number>, next = 2) => {
    const pool = new AddressPool({ start: 2, end: 5 }, next, (ip) => taken.has(ip));
    return {
      pool,
      take: () => {
        const ip = pool.take();
        if (ip !== null) taken.add(ip);
        return ip;
      },
    };
  };

  it('goes round, and says when none is free', () => {
    const { take } = poolOf(new Set(), 4);
    assert.deepEqual([take(), take(), take(), take(), take()], [4, 5, 2, 3, null]);
  });

  it('gives a freed address last', () => {
    const taken = new Set<number>();
    const { pool, take } = poolOf(taken);
    assert.equal(take(), 2);
    taken.delete(2);
    pool.freed(2);
    assert.deepEqual([take(), take(), take(), take()], [3, 4, 5, 2]);
  });

  it('lets an address rest that was asked for and is the next one', () => {
    const { pool, take } = poolOf(new Set());
    pool.freed(2);
    assert.equal(take(), 3);
  });

  it('begins anew when its place is outside of the range', () =>
    assert.equal(poolOf(new Set(), 99).take(), 2));
});
