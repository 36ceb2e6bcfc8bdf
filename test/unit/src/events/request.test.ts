// GET /events: times, filters, content types, the JSON of each version, and the stream.
import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { parseFilters } from '#src/api/filters.ts';
import { eventTest } from '#src/events/event-filter.ts';
import { fromStored, toJson, toVersionJson } from '#src/events/event-json.ts';
import { EventStream } from '#src/events/event-stream.ts';
import { eventsContentType, framed } from '#src/events/event-type.ts';
import { parseWindow } from '#src/events/event-window.ts';
import type { DockerEvent } from '#src/events/types.ts';

const event = (patch: Partial<DockerEvent> = {}): DockerEvent => ({
  account: 'a',
  Type: 'container',
  Action: 'start',
  Actor: { ID: 'abc123', Attributes: { name: 'web', image: 'busybox:1.36', tier: 'front' } },
  scope: 'local',
  time: 1_795_514_400,
  timeNano: 1_795_514_400_123_456_789n,
  ...patch,
});

test('since and until', () => {
  const G = 1_000_000_000n;
  const cases: [Record<string, string>, bigint | null, bigint | null][] = [
    [{}, null, null],
    [{ since: '', until: '' }, null, null],
    [{ since: '0' }, 0n, null],
    [{ since: '5' }, 5n * G, null],
    [{ since: '5.', until: '6.5' }, 5n * G, 6n * G + 500_000_000n],
    [{ since: '1795514400.123456789999' }, 1_795_514_400_123_456_789n, null],
    [{ since: '-5' }, 0n, null],
    [{ until: '9223372036854775807' }, null, 2n ** 63n - 1n],
  ];
  for (const [query, since, until] of cases) assert.deepEqual(parseWindow(query), { since, until });
  const refused: [Record<string, string>, string][] = [
    [
      { since: '2026-11-24T10:00:00' },
      'invalid value for \'since\': invalid timestamp "2026-11-24T10:00:00": invalid seconds "2026-11-24T10:00:00": invalid syntax',
    ],
    [
      { until: '99999999999999999999' },
      'invalid value for \'until\': invalid timestamp "99999999999999999999": invalid seconds "99999999999999999999": value out of range',
    ],
    [
      { since: '1.2x' },
      "invalid value for 'since': invalid timestamp \"1.2x\": invalid nanoseconds: invalid character 'x' at position 1",
    ],
    [{ since: '5', until: '4.9' }, '`since` time (5) cannot be after `until` time (4.9)'],
  ];
  for (const [query, message] of refused) {
    assert.throws(() => parseWindow(query), { kind: 'invalid', clientMessage: message });
  }
});

test('filters', () => {
  const exec = { Action: 'exec_start: sh -c x' };
  const image = { Type: 'image' as const, Actor: { ID: 'sha256:1', Attributes: { name: 'busybox:1.36' } } };
  const network = { Type: 'network' as const, Actor: { ID: 'n1', Attributes: { name: 'bridge' } } };
  const cases: [Record<string, string[]>, Partial<DockerEvent>, boolean][] = [
    [{}, {}, true],
    [{ container: ['web'] }, {}, true],
    [{ container: ['we'] }, {}, true],
    [{ container: ['abc'] }, {}, true],
    [{ container: ['b'] }, {}, false],
    [{ container: ['no', 'web'] }, {}, true],
    [{ container: ['web'] }, network, false],
    [{ network: ['bri'] }, network, true],
    [{ network: ['bridge'] }, {}, false],
    [{ event: ['start'] }, {}, true],
    [{ event: ['sta'] }, {}, false],
    [{ event: ['exec_start'] }, exec, true],
    [{ event: ['exec_start: sh -c x'] }, exec, true],
    [{ event: ['exec_die'] }, exec, false],
    [{ type: ['container'] }, {}, true],
    [{ type: ['image'] }, {}, false],
    [{ scope: ['local'] }, {}, true],
    [{ scope: ['swarm'] }, {}, false],
    [{ label: ['tier'] }, {}, true],
    [{ label: ['tier=front'] }, {}, true],
    [{ label: ['tier=back'] }, {}, false],
    [{ label: ['tier', 'other'] }, {}, false],
    [{ image: ['busybox'] }, {}, true],
    [{ image: ['busybox:1.36'] }, {}, true],
    [{ image: ['busybox:1.35'] }, {}, false],
    [{ image: ['busybox'] }, image, true],
    [{ image: ['sha256:1'] }, image, true],
    [{ volume: ['v'] }, {}, false],
    [{ daemon: ['d'] }, {}, false],
    [{ container: ['web'], event: ['die'] }, {}, false],
    [{ nosuch: ['x'] }, {}, true],
  ];
  for (const [filters, patch, expected] of cases) {
    const parsed = parseFilters(JSON.stringify(filters), null);
    assert.equal(eventTest(parsed)(event(patch)), expected, JSON.stringify({ filters, patch }));
  }
  assert.throws(() => parseFilters('{"nosuch":["x"]}', ['type']), {
    kind: 'invalid',
    clientMessage: "invalid filter 'nosuch'",
  });
});

test('the JSON of each version, with the exact time', () => {
  const newest = toVersionJson(event(), 52);
  assert.match(newest, /,"timeNano":1795514400123456789}$/);
  assert.deepEqual(Object.keys(JSON.parse(newest)), ['Type', 'Action', 'Actor', 'scope', 'time', 'timeNano']);
  const old = JSON.parse(toVersionJson(event(), 51));
  assert.deepEqual([old.status, old.id, old.from], ['start', 'abc123', 'busybox:1.36']);
  const image = JSON.parse(toVersionJson(event({ Type: 'image' }), 24));
  assert.deepEqual([image.status, image.id, image.from], ['start', 'abc123', undefined]);
  assert.equal(JSON.parse(toVersionJson(event({ Type: 'network' }), 24)).status, undefined);
  const prune = event({ Action: 'prune', Actor: { ID: '', Attributes: { reclaimed: '0' } } });
  assert.deepEqual(Object.keys(JSON.parse(toVersionJson(prune, 41))).slice(0, 2), ['status', 'Type']);
  const kept = { owner_uuid: 'a', time_nano: event().timeNano, json: toJson(event()) };
  assert.deepEqual(fromStored(kept), event());
});

test('the content type', () => {
  const cases: [number, string | undefined, string][] = [
    [51, undefined, 'application/json'],
    [51, '*/*', 'application/json'],
    [52, undefined, 'application/jsonl'],
    [55, 'application/x-ndjson', 'application/x-ndjson'],
    [41, 'application/json-seq', 'application/json-seq'],
    [52, 'application/jsonl;q=0', 'application/jsonl'],
    [
      52,
      'application/jsonl;q=0.4, application/x-ndjson;q=0.9, application/json-seq;q=0.5',
      'application/x-ndjson',
    ],
  ];
  for (const [version, accept, type] of cases)
    assert.equal(eventsContentType(version, accept), type, String(accept));
  assert.equal(framed('{}', 'application/json-seq'), '\x1e{}\n');
  assert.equal(framed('{}', 'application/json'), '{}\n');
});

test('the stream: past first, then live, to the end', async () => {
  const out = new PassThrough({ highWaterMark: 1 });
  const stream = new EventStream(out);
  stream.push('live1;');
  const done = stream.run(['past1;', 'past2;']);
  let text = '';
  out.on('data', (chunk) => {
    text += chunk;
    if (text.endsWith('live1;')) stream.push('live2;');
    if (text.endsWith('live2;')) stream.finish();
  });
  await done;
  assert.equal(text, 'past1;past2;live1;live2;');
  assert.equal(out.writableEnded, true);
});

test('a reader that does not read is cut off; one that goes ends the run', async () => {
  const stuck = new Writable({ highWaterMark: 1, write: () => undefined });
  const stream = new EventStream(stuck, 100);
  const done = stream.run([]);
  for (let i = 0; i < 30; i++) stream.push('0123456789');
  await done;
  assert.equal(stuck.destroyed, true);

  const out = new PassThrough();
  const idle = new EventStream(out).run([]);
  out.destroy();
  await idle;
});
