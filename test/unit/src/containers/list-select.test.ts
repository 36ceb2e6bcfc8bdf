// docker ps: which containers, in which order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MD } from '#lib/docker-vm/metadata.ts';
import { parseFilters } from '#src/api/filters.ts';
import { LIST_FILTERS, selectContainers } from '#src/containers/list-select.ts';
import { buildVm } from '#test/unit/src/vm/build-vm.ts';

const START = { [MD.startedAt]: '2026-11-24T10:00:00Z' };
const vm = (n: number, name: string, patch: object = {}, md: object = {}) =>
  buildVm(
    {
      uuid: `0000000${n}-0000-4000-8000-000000000000`,
      alias: name,
      create_timestamp: `2026-11-24T10:00:0${n}.000Z`,
      ...patch,
    },
    { [MD.id]: `${n}`.repeat(64), ...md },
  );

const PORTS = '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"99/tcp":null}';
const ALL = [
  vm(1, 'old', { state: 'running' }, START),
  vm(2, 'made', { tags: { 'docker:label:app': 'x' } }),
  vm(3, 'ended', { exit_status: 3, exit_timestamp: '2026-11-24T11:00:00Z' }, START),
  vm(
    4,
    'loop',
    { exit_status: 1, exit_timestamp: '2026-11-24T11:00:00Z' },
    { ...START, [MD.restarting]: true },
  ),
  vm(5, 'new-web', { state: 'running' }, { ...START, [MD.imageId]: 'sha256:other', [MD.ports]: PORTS }),
];

const cases: [string, { all?: boolean; limit?: number; filters?: object }, string[]][] = [
  ['running ones, newest first', {}, ['new-web', 'loop', 'old']],
  ['all', { all: true }, ['new-web', 'loop', 'ended', 'made', 'old']],
  ['the last two', { limit: 2 }, ['new-web', 'loop']],
  ['status implies all', { filters: { status: { exited: true, created: true } } }, ['ended', 'made']],
  ['old filter form', { filters: { status: ['restarting'] } }, ['loop']],
  ['part of a name', { all: true, filters: { name: { we: true } } }, ['new-web']],
  ['anchored name', { all: true, filters: { name: { '^/old$': true } } }, ['old']],
  ['two names', { all: true, filters: { name: { old: true, made: true } } }, ['made', 'old']],
  ['id prefix', { all: true, filters: { id: { '33': true } } }, ['ended']],
  ['unknown id', { all: true, filters: { id: { ff: true } } }, []],
  ['label', { all: true, filters: { label: { 'app=x': true } } }, ['made']],
  ['label with another value', { all: true, filters: { label: { 'app=y': true } } }, []],
  ['exit code', { all: true, filters: { exited: { '3': true } } }, ['ended']],
  ['ancestor', { all: true, filters: { ancestor: { other: true } } }, ['new-web']],
  ['an ancestor of its image', { all: true, filters: { ancestor: { base: true } } }, ['new-web']],
  ['unknown ancestor', { all: true, filters: { ancestor: { nope: true } } }, []],
  ['before', { all: true, filters: { before: { ended: true } } }, ['made', 'old']],
  ['since', { all: true, filters: { since: { ended: true } } }, ['new-web', 'loop']],
  ['volume by place', { filters: { volume: { '/data': true } } }, ['new-web', 'loop', 'old']],
  ['network', { filters: { network: { bridge: true } } }, ['new-web', 'loop', 'old']],
  ['tasks only', { all: true, filters: { 'is-task': { true: true } } }, []],
  ['published', { all: true, filters: { publish: { '8080': true } } }, ['new-web']],
  ['published elsewhere', { all: true, filters: { publish: { '80': true } } }, []],
  ['exposed, a range', { all: true, filters: { expose: { '70-90/tcp': true } } }, ['new-web']],
  [
    'either port',
    { all: true, filters: { expose: { '1': true }, publish: { '8080/tcp': true } } },
    ['new-web'],
  ],
  ['of another protocol', { all: true, filters: { expose: { '80/udp': true } } }, []],
  ['healthy', { all: true, filters: { health: { healthy: true } } }, []],
];
const imageId = (ref: string) => ({ other: 'sha256:other', base: 'sha256:base' })[ref] ?? null;
const parentOf = (id: string) =>
  ({ 'sha256:other': 'sha256:between', 'sha256:between': 'sha256:base' })[id] ?? '';

for (const [name, { all = false, limit = 0, filters = {} }, want] of cases) {
  test(`list: ${name}`, () => {
    const parsed = parseFilters(JSON.stringify(filters), LIST_FILTERS);
    const found = selectContainers(ALL, { all, limit, filters: parsed }, { imageId, parentOf });
    assert.deepEqual(
      found.map((each) => each.alias),
      want,
    );
  });
}

const bad: [string, RegExp][] = [
  ['{"foo":{"x":true}}', /invalid filter 'foo'/],
  ['{', /invalid filter/],
  [
    '{"status":{"up":true}}',
    /invalid filter 'status=up': invalid value for state \(up\): must be one of created/,
  ],
  ['{"exited":{"x":true}}', /invalid filter 'exited=x'/],
  ['{"health":{"x":true}}', /invalid filter 'health=x'/],
  ['{"publish":{"1:2":true}}', /filter for 'publish' should not contain ':': 1:2/],
  ['{"expose":{"2-1":true}}', /looking up for expose 2-1: invalid range specified for port: 2-1/],
  ['{"before":{"gone":true}}', /No such container: gone/],
  ['{"is-task":{"maybe":true}}', /invalid filter 'is-task=\[maybe\]'/],
];
for (const [text, want] of bad) {
  test(`list refuses ${text}`, () => {
    const run = () =>
      selectContainers(ALL, { all: true, limit: 0, filters: parseFilters(text, LIST_FILTERS) }, { imageId });
    assert.throws(run, want);
  });
}

test('a pattern that could take for ever matches nothing', () => {
  const filters = parseFilters('{"name":{"(a+)+$":true}}', LIST_FILTERS);
  const named = [vm(1, 'a'.repeat(60).concat('!'), { state: 'running' }, START)];
  assert.deepEqual(selectContainers(named, { all: true, limit: 0, filters }, { imageId }), []);
});
