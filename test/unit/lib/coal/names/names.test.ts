// The name server without its sockets: who finds whom, and the messages in which it is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import dnsPacket from 'dns-packet';
import { answer, ownAnswer } from '#lib/coal/names/answer.ts';
import { framed, Unframer } from '#lib/coal/names/framing.ts';
import { NameIndex } from '#lib/coal/names/name-index.ts';
import {
  addressOfPointer,
  addressReply,
  cutForUdp,
  failure,
  RCODE,
  readQuery,
} from '#lib/coal/names/question.ts';
import { endpointKey } from '#lib/docker-vm/endpoints.ts';
import { uuidToDoubleId } from '#lib/docker-vm/ids.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { redirectRules } from '#lib/net/name-redirect.ts';
import type { Scalar, Vm } from '#lib/wire/types.ts';
import { vmRecord } from '#test/unit/lib/cn-agent/vm-record.ts';

const OWNER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d53';
const OTHER = 'b4bb1880-8c2c-11e5-8994-28cfe91f7d54';
const NETS = { front: 'aaaaaaaa-0000-4000-8000-000000000001', back: 'aaaaaaaa-0000-4000-8000-000000000002' };
const BRIDGE = 'aaaaaaaa-0000-4000-8000-000000000000';

interface On {
  ip: string;
  aliases?: string[];
  links?: string[];
  gateway?: string;
}

function vm(n: number, alias: string, on: Record<string, On>, more: Partial<Vm> = {}, dns?: string[]): Vm {
  const uuid = `c0ffee00-0000-4000-8000-00000000000${n}`;
  const id = String(n).repeat(64);
  const uuidOf = (network: string) => NETS[network as keyof typeof NETS] ?? BRIDGE;
  const endpoints = Object.entries(on).map(([network, { aliases, links }]): [string, Scalar] => [
    endpointKey(network),
    JSON.stringify({ NetworkID: uuidToDoubleId(uuidOf(network)), Aliases: aliases, Links: links }),
  ]);
  const md = { [MD.id]: id, [MD.hostConfig]: JSON.stringify({ Dns: dns }), ...Object.fromEntries(endpoints) };
  const nics = Object.entries(on).map(([network, { ip, gateway }]) => ({
    mac: '',
    ip,
    netmask: '255.255.255.0',
    nic_tag: '',
    network_uuid: uuidOf(network),
    ...(gateway ? { gateway } : {}),
  }));
  return {
    ...vmRecord(uuid, md),
    alias,
    owner_uuid: OWNER,
    state: 'running',
    hostname: `h${n}`,
    nics,
    ...more,
  };
}

const WEB = vm(1, 'web', {
  front: { ip: '10.1.0.2', aliases: ['www'], links: ['api:backend'], gateway: '10.1.0.1' },
});
const API = vm(2, 'api', { front: { ip: '10.1.0.3' }, back: { ip: '10.2.0.3', aliases: ['Service'] } });
const DB = vm(3, 'db', { back: { ip: '10.2.0.4', aliases: ['service'] } });

function index(...vms: Vm[]): NameIndex {
  const made = new NameIndex();
  for (const each of vms) made.update(each);
  return made;
}
const all = (): NameIndex => index(WEB, API, DB);
const find = (of: NameIndex, ip: string, name: string): string[] => of.find(of.askerAt(ip)!, name).sort();

const FOUND: [name: string, from: string, asked: string, want: string[]][] = [
  ['its name', '10.1.0.2', 'api', ['10.1.0.3']],
  ['whatever the letters', '10.1.0.2', 'API', ['10.1.0.3']],
  ['its short id', '10.1.0.2', '222222222222', ['10.1.0.3']],
  ['its host name', '10.1.0.2', 'h2', ['10.1.0.3']],
  ['an alias', '10.1.0.3', 'www', ['10.1.0.2']],
  ['an alias of two', '10.2.0.4', 'service', ['10.2.0.3', '10.2.0.4']],
  ['with its network', '10.1.0.2', 'api.front', ['10.1.0.3']],
  ['a link, by the one who has it', '10.1.0.2', 'backend', ['10.1.0.3']],
  ['a link, by another', '10.1.0.3', 'backend', []],
  ['on the network that is shared', '10.2.0.4', 'api', ['10.2.0.3']],
  ['nobody of another network', '10.1.0.2', 'db', []],
  ['nobody with a wrong network', '10.1.0.2', 'api.back', []],
  ['an alias of another network', '10.1.0.2', 'service', []],
  ['itself', '10.1.0.2', 'web', ['10.1.0.2']],
  ['nobody', '10.1.0.2', 'nobody', []],
];
for (const [name, from, asked, want] of FOUND) {
  test(`found: ${name}`, () => assert.deepEqual(find(all(), from, asked), want));
}

test('names come and go with the records: renamed, stopped, disconnected, destroyed', () => {
  const names = all();
  names.update({ ...API, alias: 'api2' });
  assert.deepEqual([find(names, '10.1.0.2', 'api'), find(names, '10.1.0.2', 'api2')], [[], ['10.1.0.3']]);
  names.update({ ...API, nics: API.nics.slice(1) });
  assert.deepEqual([find(names, '10.1.0.2', 'api'), find(names, '10.2.0.4', 'api')], [[], ['10.2.0.3']]);
  names.update({ ...API, state: 'stopped' });
  assert.deepEqual(find(names, '10.2.0.4', 'api'), []);
  assert.deepEqual(find(names, '10.2.0.3', 'api'), ['10.1.0.3']);
  names.update({ ...API, state: 'destroyed' });
  assert.equal(names.askerAt('10.2.0.3'), null);
});

test('owners do not know each other, and nobody has a name on the standard network', () => {
  const names = index(WEB, { ...API, owner_uuid: OTHER });
  assert.deepEqual(find(names, '10.1.0.2', 'api'), []);
  const bridged = index(
    vm(4, 'a4', { bridge: { ip: '10.0.0.4' } }),
    vm(5, 'a5', { bridge: { ip: '10.0.0.5' } }),
  );
  assert.deepEqual(find(bridged, '10.0.0.4', 'a5'), []);
});

const query = (name: string, type = 'A', udpSize?: number): Buffer =>
  dnsPacket.encode({
    type: 'query',
    id: 0x1234,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    additionals: udpSize
      ? [
          {
            name: '.',
            type: 'OPT',
            udpPayloadSize: udpSize,
            flags: 0,
            extendedRcode: 0,
            ednsVersion: 0,
            options: [],
          },
        ]
      : [],
  });
const ask = (names: NameIndex, from: string, name: string, type?: string) => {
  const reply = ownAnswer(names, names.askerAt(from)!, readQuery(query(name, type))!);
  return reply && dnsPacket.decode(reply);
};

test('an answer has the question, the id, and what was asked', () => {
  const reply = ask(all(), '10.1.0.2', 'API')!;
  assert.deepEqual([reply.id, reply.type, reply.flags & 15], [0x1234, 'response', RCODE.ok]);
  assert.deepEqual(reply.questions, [{ name: 'API', type: 'A', class: 'IN' }]);
  assert.deepEqual(
    reply.answers?.map(({ name, type, data }) => [name, type, data]),
    [['API', 'A', '10.1.0.3']],
  );
  assert.ok((reply.flags & dnsPacket.RECURSION_AVAILABLE) !== 0);
});

test('a type that a name does not have is no failure; a name that is nobody is left to others', () => {
  for (const type of ['AAAA', 'MX', 'SRV']) {
    const reply = ask(all(), '10.1.0.2', 'api', type)!;
    assert.deepEqual([reply.flags & 15, reply.answers?.length], [0, 0], type);
  }
  assert.equal(ask(all(), '10.1.0.2', 'nobody'), null);
  assert.equal(ask(all(), '10.1.0.2', 'db'), null);
});

test('an address has the name of its container with its network, for neighbours', () => {
  const reply = ask(all(), '10.1.0.2', '3.0.1.10.in-addr.arpa', 'PTR')!;
  assert.deepEqual(
    reply.answers?.map(({ data }) => data),
    ['api.front'],
  );
  assert.equal(ask(all(), '10.1.0.2', '4.0.2.10.in-addr.arpa', 'PTR'), null);
  assert.equal(ask(all(), '10.1.0.2', '1.2.3.10.in-addr.arpa', 'PTR'), null);
});

test('a long answer is cut for a client that takes less, and asks again', () => {
  const ips = Array.from({ length: 40 }, (_unused, at) => `10.0.0.${at}`);
  const small = readQuery(query('many'))!;
  const cut = dnsPacket.decode(cutForUdp(small, addressReply(small, ips)));
  assert.deepEqual([(cut.flags & dnsPacket.TRUNCATED_RESPONSE) !== 0, cut.answers?.length], [true, 0]);
  const large = readQuery(query('many', 'A', 1232))!;
  assert.equal(dnsPacket.decode(cutForUdp(large, addressReply(large, ips))).answers?.length, 40);
});

const parts = (names: NameIndex) => ({ index: names, hostServers: async () => [] });

test('strangers are refused; what is no question has no answer; without servers it is a failure', async () => {
  const refused = await answer(parts(all()), query('api'), '192.0.2.1', 'udp');
  assert.equal(dnsPacket.decode(refused!).flags & 15, RCODE.refused);
  assert.equal(await answer(parts(all()), failure(readQuery(query('x'))!, 0), '10.1.0.2', 'udp'), null);
  const outside = await answer(parts(all()), query('example.com'), '10.1.0.2', 'udp');
  assert.equal(dnsPacket.decode(outside!).flags & 15, RCODE.serverFailure);
});

test('who is on internal networks only does not reach other servers, whatever it names', async () => {
  let asked = 0;
  const hostServers = async () => {
    asked++;
    return [];
  };
  const inside = vm(6, 'in', { back: { ip: '10.2.0.6' } }, {}, ['192.0.2.53', '127.0.0.1']);
  const names = index(inside, WEB);
  await answer({ index: names, hostServers }, query('example.com'), '10.2.0.6', 'udp');
  assert.equal(asked, 0);
  await answer({ index: names, hostServers }, query('example.com'), '10.1.0.2', 'udp');
  assert.equal(asked, 1);
});

const HOSTILE: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['a header only', Buffer.alloc(12)],
  [
    'a name that points at itself',
    Buffer.concat([query('x').subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
  ],
  ['a label that runs over the end', Buffer.concat([query('x').subarray(0, 12), Buffer.from([63, 97])])],
];
for (const [what, message] of HOSTILE) {
  test(`no answer to ${what}`, () => assert.equal(readQuery(message), null));
}
test('a thousand broken messages break nothing', () => {
  const good = query('api.front', 'A', 1232);
  for (let n = 0; n < 1000; n++) {
    const broken = Buffer.from(good.subarray(0, good.length - (n % good.length)));
    for (let at = n; at < broken.length; at += 7) broken[at] = (n * 31 + at) & 255;
    const read = readQuery(broken);
    if (read) ownAnswer(all(), all().askerAt('10.1.0.2')!, read);
  }
});

test('TCP: messages are put together however they are cut', () => {
  const messages = [query('a'), query('bb'), query('ccc')];
  const stream = Buffer.concat(messages.map(framed));
  for (const size of [1, 2, 3, 7, 1000]) {
    const unframer = new Unframer();
    const got: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size)
      got.push(...unframer.take(stream.subarray(at, at + size)));
    assert.deepEqual(got, messages);
  }
});

test('the rules inside a container take an address and a number, nothing else', () => {
  assert.match(redirectRules({ ip: '10.1.0.1', port: 5311 }), /dnat to 10\.1\.0\.1:5311\n/);
  assert.throws(() => redirectRules({ ip: '10.1.0.1; flush ruleset', port: 53 }), RangeError);
  assert.throws(() => redirectRules({ ip: '10.1.0.1', port: Number.NaN }), RangeError);
});

const SIX: Vm = {
  ...vm(8, 'six', { front: { ip: '10.1.0.8' } }),
  nics: [
    {
      ...{ mac: '', ip: '10.1.0.8', netmask: '255.255.255.0', nic_tag: '', network_uuid: NETS.front },
      ips: ['10.1.0.8/24', 'fd00:1::8/64'],
    },
  ],
};

test('a name has addresses of both families; who asks for one that it has not gets an answer without any', () => {
  const names = new NameIndex();
  for (const each of [WEB, API, SIX]) names.update(each);
  const asker = names.askerAt('10.1.0.2')!;
  const asked = (name: string, type: string): unknown => {
    const message = dnsPacket.encode({
      type: 'query',
      id: 1,
      flags: 0,
      questions: [{ name, type, class: 'IN' }],
    });
    const reply = ownAnswer(names, asker, readQuery(message)!);
    return reply && dnsPacket.decode(reply).answers?.map(({ data }) => data);
  };
  assert.deepEqual(asked('six', 'A'), ['10.1.0.8']);
  assert.deepEqual(asked('six', 'AAAA'), ['fd00:1::8']);
  assert.deepEqual(asked('api', 'AAAA'), []);
  assert.equal(asked('nobody', 'AAAA'), null);
  const nibbles = `8.${'0.'.repeat(19)}`;
  const pointer = `${nibbles}${'0.'.repeat(4)}1.0.0.0.0.0.d.f.ip6.arpa`;
  assert.deepEqual(asked(pointer, 'PTR'), ['six.front']);
  names.update({ ...SIX, state: 'stopped' });
  assert.equal(asked(pointer, 'PTR'), null);
});

const POINTERS: [string, string | null][] = [
  ['4.3.2.1.in-addr.arpa', '1.2.3.4'],
  [`1.${'0.'.repeat(31)}ip6.arpa`, '::1'],
  [`1.${'0.'.repeat(30)}ip6.arpa`, null],
  [`g.${'0.'.repeat(31)}ip6.arpa`, null],
  ['ip6.arpa', null],
];
for (const [name, ip] of POINTERS) {
  test(`the address of ${name}`, () => assert.equal(addressOfPointer(name), ip));
}
