// Log drivers whose receivers are elsewhere: what arrives, in which form, and what is read locally.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { decodeMultiStream, ExtData, encode } from '@msgpack/msgpack';
import {
  type Receiver,
  selfSigned,
  streamReceiver,
  textOf,
  udpReceiver,
  unixDatagramReceiver,
} from '#test/harness/log-receiver.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const TALK = ['busybox', 'sh', '-c', 'echo one; echo two >&2; echo; printf three'];
const HOST = hostname();

describe('log drivers', () => {
  const s = suite('log-drivers');
  const ok = (...args: string[]) => s.stack.ok(args);
  let dir = '';
  const receivers: Receiver[] = [];
  const keep = async <R extends Receiver>(receiver: Promise<R>): Promise<R> => {
    receivers.push(await receiver);
    return receiver;
  };
  before(async () => {
    dir = await mkdtemp('/tmp/sdct-receivers-');
  });
  after(async () => {
    for (const receiver of receivers) await receiver.stop().catch(() => undefined);
    await rm(dir, { recursive: true, force: true });
  });

  /** Runs a container to its end; its id. */
  const talk = async (driver: string, options: string[], words = TALK): Promise<string> => {
    const opts = options.flatMap((option) => ['--log-opt', option]);
    const id = await ok('run', '-d', '--log-driver', driver, ...opts, ...words);
    await ok('wait', id);
    return id;
  };

  describe('syslog', () => {
    const stamp = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`;
    const iso = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`;
    const zone = String.raw`(?:Z|[+-]\d\d:\d\d)`;
    const forms: [string, (tag: string) => string][] = [
      ['', (tag) => `<PRI>${stamp} ${tag}\\[\\d+\\]: `],
      ['rfc3164', (tag) => `<PRI>${stamp} ${HOST} ${tag}\\[\\d+\\]: `],
      ['rfc5424', (tag) => `<PRI>1 ${iso}${zone} ${HOST} ${tag} \\d+ ${tag} - `],
      ['rfc5424micro', (tag) => `<PRI>1 ${iso}\\.\\d{6}${zone} ${HOST} ${tag} \\d+ ${tag} - `],
    ];
    const expected = (form: string): RegExp[] =>
      [
        ['30', 'one'],
        ['27', 'two'],
        ['30', 'three'],
      ].map(([priority, line]) => new RegExp(`^${form.replace('PRI', priority!)}${line}\n$`));

    for (const [format, form] of forms) {
      it(`over udp, in the form '${format}'`, async () => {
        const receiver = await keep(udpReceiver());
        const id = await talk('syslog', [
          `syslog-address=udp://127.0.0.1:${receiver.port}`,
          ...(format ? [`syslog-format=${format}`] : []),
        ]);
        await waitUntil('all have come', () => receiver.chunks.length === 3);
        const texts = receiver.chunks.map(String);
        for (const pattern of expected(form(id.slice(0, 12)))) {
          assert.ok(
            texts.some((text) => pattern.test(text)),
            `${pattern} in ${JSON.stringify(texts)}`,
          );
        }
        assert.equal((await s.stack.docker(['logs', id])).stdout, 'one\n\nthree');
      });
    }

    it('over tcp, with facility and tag', async () => {
      const receiver = await keep(streamReceiver(0));
      await talk('syslog', [
        `syslog-address=tcp://127.0.0.1:${receiver.port}`,
        'syslog-facility=local3',
        'syslog-format=rfc5424',
        'tag={{.ImageName}}/{{.DaemonName}}',
      ]);
      await waitUntil('all have come', () => textOf(receiver).split('\n').length === 4);
      assert.match(textOf(receiver), /^<158>1 .* busybox\/docker \d+ busybox\/docker - one$/m);
      assert.match(textOf(receiver), /^<155>1 .* - two$/m);
    });

    it('over tls, which is checked', async () => {
      const tls = await selfSigned(dir);
      const receiver = await keep(streamReceiver(0, tls));
      const address = `syslog-address=tcp+tls://127.0.0.1:${receiver.port}`;
      await talk('syslog', [address, `syslog-tls-ca-cert=${tls.path}`, 'syslog-format=rfc5424']);
      await waitUntil('all have come', () => textOf(receiver).includes('three\n'));
      // RFC 5425: each message with its length in front.
      let rest = textOf(receiver);
      const lines: string[] = [];
      while (rest !== '') {
        const [, count = '', from = ''] = /^(\d+) ([\s\S]*)$/.exec(rest) ?? [];
        lines.push(from.slice(0, Number(count)).replace(/^.* - /, ''));
        rest = from.slice(Number(count));
      }
      assert.deepEqual(lines.sort(), ['one\n', 'three\n', 'two\n']);
      const r = await s.stack.docker(['run', '--log-driver', 'syslog', '--log-opt', address, ...TALK]);
      assert.equal(r.code, 125);
      assert.match(
        r.stderr,
        /failed to initialize logging driver: tls: failed to verify certificate: x509: certificate signed by unknown authority/,
      );
      await talk('syslog', [address, 'syslog-tls-skip-verify=true']);
    });

    for (const kind of ['unix', 'unixgram'] as const) {
      it(`over ${kind}`, async () => {
        const path = join(dir, `${kind}.sock`);
        const receiver = await keep(kind === 'unix' ? streamReceiver(path) : unixDatagramReceiver(path));
        await talk('syslog', [`syslog-address=${kind}://${path}`]);
        await waitUntil('all have come', () => textOf(receiver).split('\n').length === 4);
        assert.match(textOf(receiver), /\]: three$/m);
      });
    }
  });

  describe('gelf', () => {
    const read = (chunk: Buffer): Record<string, unknown> => {
      const plain = chunk[0] === 0x1f ? gunzipSync(chunk) : chunk[0] === 0x78 ? inflateSync(chunk) : chunk;
      return JSON.parse(String(plain)) as Record<string, unknown>;
    };
    for (const [options, magic] of [
      [[], 0x1f],
      [['gelf-compression-type=zlib', 'gelf-compression-level=9'], 0x78],
      [['gelf-compression-type=none'], 0x7b],
    ] as const) {
      it(`over udp ${options.join(' ')}`, async () => {
        const receiver = await keep(udpReceiver());
        const id = await talk(
          'gelf',
          [`gelf-address=udp://127.0.0.1:${receiver.port}`, 'env=WHO', 'labels=app', ...options],
          ['--name', `gelf${magic}`, '-e', 'WHO=me', '--label', 'app=shop', ...TALK],
        );
        await waitUntil('all have come', () => receiver.chunks.length === 3);
        assert.ok(receiver.chunks.every((chunk) => chunk[0] === magic));
        const messages = receiver.chunks.map(read);
        const two = messages.find(({ short_message }) => short_message === 'two');
        assert.ok(two);
        const { timestamp, _created, _image_id, ...rest } = two;
        assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 60);
        assert.match(String(_created), /^20/);
        assert.match(String(_image_id), /^sha256:/);
        assert.deepEqual(rest, {
          version: '1.1',
          host: HOST,
          short_message: 'two',
          level: 3,
          _command: `sh -c ${TALK[3]}`,
          _container_id: id,
          _container_name: `gelf${magic}`,
          _image_name: 'busybox',
          _tag: id.slice(0, 12),
          _WHO: 'me',
          _app: 'shop',
        });
      });
    }

    it('in chunks when it is long', async () => {
      const receiver = await keep(udpReceiver());
      await talk(
        'gelf',
        [`gelf-address=udp://127.0.0.1:${receiver.port}`, 'gelf-compression-type=none'],
        ['busybox', 'sh', '-c', 'yes abc | tr -d "\\n" | head -c 10000; echo'],
      );
      await waitUntil('all have come', () => receiver.chunks.length >= 8);
      const [first] = receiver.chunks;
      assert.deepEqual(
        [...first!.subarray(0, 2), first![10], first![11]],
        [0x1e, 0x0f, 0, receiver.chunks.length],
      );
      const whole = Buffer.concat(
        receiver.chunks.toSorted((a, b) => a[10]! - b[10]!).map((chunk) => chunk.subarray(12)),
      );
      assert.equal(String(read(whole).short_message).length, 10_000);
    });

    it('over tcp, messages ended by a zero byte', async () => {
      const receiver = await keep(streamReceiver(0));
      await talk('gelf', [`gelf-address=tcp://127.0.0.1:${receiver.port}`, 'gelf-tcp-max-reconnect=2']);
      await waitUntil('all have come', () => textOf(receiver).split('\0').length === 4);
      const messages = textOf(receiver)
        .split('\0')
        .slice(0, -1)
        .map((text) => JSON.parse(text));
      assert.deepEqual(messages.map((message) => message.short_message).sort(), ['one', 'three', 'two']);
    });
  });

  describe('fluentd', () => {
    type Entry = [string, number | ExtData, Record<string, string>, { chunk?: string }];
    const entries = async (receiver: Receiver): Promise<Entry[]> => {
      const list: Entry[] = [];
      const whole = (async function* () {
        yield Buffer.concat(receiver.chunks);
      })();
      try {
        for await (const entry of decodeMultiStream(whole)) list.push(entry as Entry);
      } catch {
        // The last is not whole yet.
      }
      return list;
    };
    const all = (receiver: Receiver, count: number): Promise<Entry[]> =>
      waitUntil(`${count} entries have come`, async () => {
        const list = await entries(receiver);
        return list.length >= count ? list : null;
      });

    it('over tcp, long lines in parts', async () => {
      const receiver = await keep(streamReceiver(0));
      const id = await talk(
        'fluentd',
        [`fluentd-address=127.0.0.1:${receiver.port}`, 'tag=t.{{.Name}}', 'labels-regex=^a'],
        [
          '--name',
          'fluent',
          '--label',
          'app=x',
          'busybox',
          'sh',
          '-c',
          'echo one; echo; head -c 20000 /dev/zero; echo',
        ],
      );
      const list = await all(receiver, 4);
      assert.equal(list.length, 4);
      for (const [tag, time, record, option] of list) {
        assert.equal(tag, 't.fluent');
        assert.ok(Math.abs((time as number) - Date.now() / 1000) < 60);
        assert.equal(record.container_id, id);
        assert.equal(record.container_name, '/fluent');
        assert.equal(record.source, 'stdout');
        assert.equal(record.app, 'x');
        assert.deepEqual(option, {});
      }
      const [one, empty, head, tail] = list.map(([, , record]) => record);
      assert.equal(one!.log, 'one');
      assert.equal(empty!.log, '');
      assert.equal('partial_id' in one!, false);
      assert.equal(head!.log!.length + tail!.log!.length, 20_000);
      assert.equal(head!.partial_id, tail!.partial_id);
      assert.deepEqual(
        [head, tail].map((r) => [r!.partial_message, r!.partial_ordinal, r!.partial_last]),
        [
          ['true', '1', 'false'],
          ['true', '2', 'true'],
        ],
      );
    });

    it('over a unix socket, with receipts and exact times', async () => {
      const path = join(dir, 'fluent.sock');
      const receiver = await keep(streamReceiver(path));
      const acked = new Set<string>();
      receiver.onChunk = (_chunk, socket) => {
        entries(receiver).then((list) => {
          for (const [, , , { chunk }] of list) {
            if (!chunk || acked.has(chunk)) continue;
            acked.add(chunk);
            socket!.write(encode({ ack: chunk }));
          }
        });
      };
      await talk(
        'fluentd',
        [`fluentd-address=unix://${path}`, 'fluentd-request-ack=true', 'fluentd-sub-second-precision=true'],
        ['busybox', 'seq', '1', '1000'],
      );
      const list = await all(receiver, 1000);
      assert.deepEqual(
        list.map(([, , { log }]) => log),
        Array.from({ length: 1000 }, (_none, i) => String(i + 1)),
      );
      const [, time] = list[0]!;
      assert.ok(time instanceof ExtData && time.type === 0 && (time.data as Uint8Array).length === 8);
      assert.equal(acked.size, 1000);
    });

    it('async: starts without a receiver, which gets everything when it comes', async () => {
      const receiver = await streamReceiver(0);
      await receiver.stop();
      const opts = [
        `fluentd-address=127.0.0.1:${receiver.port}`,
        'fluentd-async=true',
        'fluentd-retry-wait=50ms',
      ];
      await talk('fluentd', opts, ['busybox', 'seq', '1', '500']);
      await receiver.start();
      receivers.push(receiver);
      const list = await all(receiver, 500);
      assert.equal(list.at(-1)![2].log, '500');
    });
  });

  describe('that cannot be reached or read', () => {
    const dead: [string, string[], string][] = [
      ['syslog', ['syslog-address=tcp://127.0.0.1:1'], 'dial tcp 127.0.0.1:1: connect: connection refused'],
      [
        'syslog',
        ['syslog-address=tcp://127.0.0.1:1', 'mode=non-blocking'],
        'dial tcp 127.0.0.1:1: connect: connection refused',
      ],
      ['syslog', ['syslog-address=unix:///nosuch/log'], 'stat /nosuch/log: no such file or directory'],
      [
        'gelf',
        ['gelf-address=tcp://127.0.0.1:1'],
        'gelf: cannot connect to GELF endpoint: 127.0.0.1:1 dial tcp 127.0.0.1:1: connect: connection refused',
      ],
      ['fluentd', ['fluentd-address=127.0.0.1:1'], 'dial tcp 127.0.0.1:1: connect: connection refused'],
      ['journald', [], 'journald is not enabled on this host'],
      ['json-file', ['max-file=0'], 'max-file cannot be less than 1'],
    ];
    for (const [driver, options, text] of dead) {
      it(`${driver} ${options.join(' ')}`, async (t) => {
        if (
          driver === 'journald' &&
          process.getBuiltinModule('node:fs').existsSync('/run/systemd/journal/socket')
        )
          return t.skip('this machine has a journal');
        const opts = options.flatMap((option) => ['--log-opt', option]);
        const id = await ok('create', '--log-driver', driver, ...opts, ...TALK);
        const r = await s.stack.docker(['start', id]);
        assert.equal(r.code, 1);
        assert.match(
          r.stderr,
          new RegExp(`failed to create task for container: failed to initialize logging driver: ${text}`),
        );
        const code = text.includes('no such file') ? 127 : 128;
        assert.equal(
          await ok('inspect', '-f', '{{.State.ExitCode}} {{.State.Status}}', id),
          `${code} created`,
        );
      });
    }

    it('docker logs of what keeps no copy', async () => {
      const receiver = await keep(udpReceiver());
      const ids = [
        await talk('none', []),
        await talk('syslog', [`syslog-address=udp://127.0.0.1:${receiver.port}`, 'cache-disabled=true']),
      ];
      for (const id of ids) {
        const r = await s.stack.docker(['logs', id]);
        assert.equal(r.code, 1);
        assert.match(r.stderr, /configured logging driver does not support reading/);
      }
      await waitUntil('syslog has it nevertheless', () => receiver.chunks.length === 3);
      assert.equal((await s.stack.docker(['run', '--log-driver', 'none', ...TALK])).stdout, 'one\n\nthree');
    });

    it('--rm: the last lines are sent before all goes', async () => {
      const receiver = await keep(streamReceiver(0));
      const address = `syslog-address=tcp://127.0.0.1:${receiver.port}`;
      await ok('run', '--rm', '--log-driver', 'syslog', '--log-opt', address, 'busybox', 'seq', '1', '20000');
      await waitUntil('the last line has come', () => textOf(receiver).includes(': 20000\n'));
      assert.equal(textOf(receiver).split('\n').length, 20_001);
    });
  });
});

describe('the daemon’s own log driver', () => {
  const s = suite('log-default', {
    daemon: { logDriver: 'local', logOpts: { 'max-size': '50k', 'max-file': '2' } },
  });

  it('is used, shown and has its options', async () => {
    assert.equal(await s.stack.ok(['info', '-f', '{{.LoggingDriver}}']), 'local');
    assert.equal(
      await s.stack.ok(['info', '-f', '{{.Plugins.Log}}']),
      '[fluentd gelf journald json-file local syslog]',
    );
    const id = await s.stack.ok(['run', '-d', 'busybox', 'seq', '1', '100000']);
    await s.stack.ok(['wait', id]);
    assert.equal(
      await s.stack.ok(['inspect', '-f', '{{json .HostConfig.LogConfig}}', id]),
      '{"Type":"local","Config":{"max-file":"2","max-size":"50k"}}',
    );
    const kept = await s.stack.ok(['logs', id]);
    assert.ok(
      kept.length < 100_000 && kept.length > 80_000 && kept.endsWith('\n100000'),
      `${kept.length} bytes`,
    );
  });
});
