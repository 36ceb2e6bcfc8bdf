// Which images are listed, their order, and the filters' values.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterBool, matchesLabels, parseFilters } from '#src/api/filters.ts';
import { compileGlob } from '#src/api/glob.ts';
import { parseUntil } from '#src/api/until.ts';
import { LIST_FILTERS, selectImages } from '#src/images/list-select.ts';
import { pruneTargets } from '#src/images/prune.ts';
import type { NamedImage } from '#src/images/references.ts';
import { buildNamed, digest } from './image-record.ts';

const NOW = Date.parse('2025-01-01T00:00:00Z');

function created(day: string): { image: Record<string, unknown> } {
  return { image: { created: `${day}T00:00:00Z`, config: { Labels: { day } } } };
}

const OLD = buildNamed('1', ['old:1'], [], created('2020-01-01'));
const MIDDLE = buildNamed(
  '2',
  ['localhost:5000/team/app:v1', 'mine:1'],
  [`mine@${digest('d')}`],
  created('2022-01-01'),
);
const NEW = buildNamed('3', [], [], created('2024-12-31'));
const DIGESTED = buildNamed('4', [], [`gone@${digest('c')}`], created('2021-01-01'));
const ALL = [OLD, MIDDLE, NEW, DIGESTED];

function select(filters: object, images: NamedImage[] = ALL): string {
  const options = { all: false, filters: parseFilters(JSON.stringify(filters), LIST_FILTERS), now: NOW };
  const byTag = (ref: string) => (ref === 'old' ? OLD : MIDDLE).image;
  return selectImages(images, options, byTag)
    .map(({ image }) => image.config_digest[7])
    .join('');
}

test('filters', () => {
  const cases: [object, string][] = [
    [{}, '3241'],
    [{ dangling: ['true'] }, '34'],
    [{ dangling: ['0'] }, '241'],
    [{ reference: ['mi*'] }, '2'],
    [{ reference: ['docker.io/library/old'] }, '1'],
    [{ reference: ['*/*/app'] }, '2'],
    [{ reference: ['*'] }, '241'],
    [{ reference: ['nothing'] }, ''],
    [{ before: ['middle'] }, '41'],
    [{ since: ['old'] }, '324'],
    [{ until: ['48h'] }, '241'],
    [{ label: ['day=2020-01-01'] }, '1'],
    [{ label: { day: true } }, '3241'],
    [{ 'label!': ['day=2020-01-01'] }, '324'],
  ];
  for (const [filters, ids] of cases) assert.equal(select(filters), ids, JSON.stringify(filters));
});

test('a reference filter leaves only the names that match', () => {
  const filters = parseFilters('{"reference":["mine:*"]}', LIST_FILTERS);
  const [found] = selectImages(ALL, { all: false, filters, now: NOW }, () => OLD.image);
  assert.equal(found?.references.length, 1);
});

test('a nameless image that another was built from is shown with all only', () => {
  const child = buildNamed('5', ['child:1'], [], { parent: NEW.image.config_digest });
  assert.equal(select({}, [NEW, child]), '5');
  const all = selectImages([NEW, child], { all: true, filters: new Map(), now: NOW }, () => OLD.image);
  assert.equal(all.length, 2);
});

test('bad filters', () => {
  const parse = (text: string) => () => parseFilters(text, LIST_FILTERS);
  assert.throws(parse('xx'), { kind: 'invalid', clientMessage: 'invalid filter' });
  assert.throws(parse('[]'), { clientMessage: 'invalid filter' });
  assert.throws(parse('{"nosuch":["x"]}'), { kind: 'invalid', clientMessage: "invalid filter 'nosuch'" });
  const bool = (values: string[]) => () =>
    filterBool(new Map([['dangling', new Set(values)]]), 'dangling', false);
  assert.throws(bool(['x', 'y']), { clientMessage: "invalid filter 'dangling=[x y]'" });
  assert.throws(bool(['0', '1']), { kind: 'invalid' });
  assert.throws(bool([]), { clientMessage: "invalid filter 'dangling'" });
});

test('labels', () => {
  const match = (filters: object, labels: Record<string, string>) =>
    matchesLabels(parseFilters(JSON.stringify(filters), ['label', 'label!']), labels);
  assert.equal(match({ label: ['a', 'b=2'] }, { a: '1', b: '2' }), true);
  assert.equal(match({ label: ['a', 'b=2'] }, { a: '1' }), false);
  assert.equal(match({ 'label!': ['a'] }, {}), true);
  assert.equal(match({ 'label!': ['a'] }, { a: '' }), false);
});

test('until', () => {
  const cases: [string, number][] = [
    ['24h', NOW - 86_400_000],
    ['1h30m', NOW - 5_400_000],
    ['-1s', NOW + 1000],
    ['1700000000', 1_700_000_000_000],
    ['1700000000.5', 1_700_000_000_500],
    ['2024-01-02T03:04:05Z', Date.parse('2024-01-02T03:04:05Z')],
    ['2024-01-02Z', Date.parse('2024-01-02T00:00:00Z')],
    ['2024-01-02T03+00:00', Date.parse('2024-01-02T03:00:00Z')],
    ['2024-01-02', new Date(2024, 0, 2).getTime()],
  ];
  for (const [text, ms] of cases) assert.equal(parseUntil(text, NOW), ms, text);
  assert.throws(() => parseUntil('soon', NOW), {
    clientMessage:
      'invalid value for \'until\' filter: failed to parse value as time or duration: invalid seconds "soon": invalid syntax',
  });
  assert.throws(() => parseUntil(' ', NOW), /value is empty/);
});

test("shell patterns, as Go's path.Match", () => {
  const cases: [string, string, boolean][] = [
    ['abc', 'abc', true],
    ['*', 'a/b', false],
    ['a*/b', 'abc/b', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['\\*', '*', true],
    ['busy*:la[st]est', 'busybox:latest', true],
    ['*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(200), false],
  ];
  for (const [pattern, text, matches] of cases) assert.equal(compileGlob(pattern)(text), matches, pattern);
  for (const bad of ['[', '[a', '[-a]', '[]', 'a\\', '[a-']) {
    assert.throws(() => compileGlob(bad), { kind: 'invalid', clientMessage: 'syntax error in pattern' }, bad);
  }
});

test('prune: what is to go', () => {
  const targets = (filters: object) =>
    pruneTargets(ALL, parseFilters(JSON.stringify(filters), ['dangling', 'until', 'label']), NOW);
  assert.deepEqual(targets({}), [digest('3'), `docker.io/library/gone@${digest('c')}`]);
  assert.deepEqual(targets({ dangling: ['false'], until: ['2020-06-01'] }), ['docker.io/library/old:1']);
  assert.equal(targets({ dangling: ['false'] }).length, 6);
  assert.deepEqual(targets({ label: ['day=2020-01-01'] }), []);
  assert.throws(() => targets({ until: ['1h', '2h'] }), /more than one until filter specified/);
});
