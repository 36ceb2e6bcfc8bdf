// What goes over the wire, for what the tests with whole containers do not reach.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '@msgpack/msgpack';
import { dialError } from '#lib/cn-agent/log-drivers/dial-error.ts';
import { FluentdDriver } from '#lib/cn-agent/log-drivers/fluentd.ts';
import { AckReader, encodeForward } from '#lib/cn-agent/log-drivers/fluentd-encode.ts';
import { encodeGelf, GelfDriver } from '#lib/cn-agent/log-drivers/gelf.ts';
import { journalName } from '#lib/cn-agent/log-drivers/journald.ts';
import type { LogMessage } from '#lib/cn-agent/log-drivers/types.ts';
import { parseFluentdOptions } from '#lib/docker-vm/log/fluentd-options.ts';
import { parseGelfOptions } from '#lib/docker-vm/log/gelf-options.ts';

const message = (line: string | Buffer): LogMessage => ({
  stream: 1,
  sec: 1_800_000_000,
  nsec: 7_000_000,
  line: Buffer.from(line as string),
  partial: null,
});

test('MessagePack of every width', () => {
  for (const length of [0, 31, 32, 255, 256, 65_535, 65_536]) {
    const extra = Object.fromEntries(
      Array.from({ length: length % 40 }, (_none, i) => [`k${i}`, 'v'.repeat(i)]),
    );
    const who = { tag: 't'.repeat(length % 300), containerId: 'id', containerName: '/n', extra };
    const bytes = encodeForward(message('x'.repeat(length)), who, { subSecond: false, ack: null });
    assert.deepEqual(decode(bytes), [
      who.tag,
      1_800_000_000,
      { container_id: 'id', container_name: '/n', source: 'stdout', log: 'x'.repeat(length), ...extra },
      {},
    ]);
  }
});

test('acks in pieces', () => {
  const bytes = Buffer.concat(
    [encode({ ack: 'a' }), encode({ ack: 'b'.repeat(40) })].map((each) => Buffer.from(each)),
  );
  for (let cut = 0; cut <= bytes.length; cut++) {
    const reader = new AckReader();
    const acks = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
    assert.deepEqual(acks, ['a', 'b'.repeat(40)]);
  }
  assert.throws(() => new AckReader().push(Buffer.from('HTTP/1.1 400')), /something other than an ack/);
});

test('GELF times have milliseconds, lines that are no text are shown as JSON can', () => {
  const text = encodeGelf(message(Buffer.from([0x61, 0xff, 0x22])), { hostname: 'h', extra: { _a: '1' } });
  assert.deepEqual(JSON.parse(text), {
    version: '1.1',
    host: 'h',
    short_message: 'a\ufffd"',
    timestamp: 1_800_000_000.007,
    level: 6,
    _a: '1',
  });
});

test('names for the journal', () => {
  for (const [name, expected] of [
    ['com.docker.x', 'COM_DOCKER_X'],
    ['__a-b', 'A_B'],
    ['9z', '9Z'],
  ]) {
    assert.equal(journalName(name!), expected);
  }
});

test('how long between attempts', () => {
  const gelf = new GelfDriver(
    parseGelfOptions({
      'gelf-address': 'tcp://h:1',
      'gelf-tcp-max-reconnect': '2',
      'gelf-tcp-reconnect-delay': '3',
    }),
    { hostname: 'h', extra: {} },
  );
  assert.deepEqual(
    [0, 1, 2, 9].map((n) => gelf.retryWait(n)),
    [3000, 3000, 3000, 30_000],
  );
  const fluentd = new FluentdDriver(
    parseFluentdOptions({ 'fluentd-retry-wait': '2s', 'fluentd-max-retries': '3' }),
    {
      tag: '',
      containerId: '',
      containerName: '',
      extra: {},
    },
  );
  assert.deepEqual(
    [1, 2, 3].map((n) => fluentd.retryWait(n)),
    [2000, 3000, 60_000],
  );
});

test('failures in the words of Go', () => {
  const failed = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });
  const target = { network: 'tcp', host: 'h', port: 5 } as const;
  const cases: [unknown, string][] = [
    [failed('ECONNREFUSED', { address: '::1', port: 5 }), 'dial tcp [::1]:5: connect: connection refused'],
    [failed('ENOTFOUND'), 'dial tcp: lookup h: no such host'],
    [failed('EHOSTUNREACH'), 'dial tcp h:5: connect: no route to host'],
    [
      failed('CERT_HAS_EXPIRED'),
      'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
    ],
    [
      new AggregateError([failed('EACCES'), failed('ECONNREFUSED', { address: '127.0.0.1' })]),
      'dial tcp 127.0.0.1:5: connect: connection refused',
    ],
  ];
  for (const [err, text] of cases) assert.equal(dialError(err, target).message, text);
});
