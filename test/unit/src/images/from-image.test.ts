// Image record → Docker's answers, newest shape and the older ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainIds, createdText } from '#src/images/from-image/config-json.ts';
import { toHistory } from '#src/images/from-image/history.ts';
import { toInspect } from '#src/images/from-image/inspect.ts';
import { toSummary } from '#src/images/from-image/summary.ts';
import { inspectForVersion, summaryForVersion } from '#src/images/versions.ts';
import { buildImage, buildNamed, digest } from './image-record.ts';

const REPO_DIGEST = `busybox@${digest('d')}`;

test('inspect, newest', () => {
  const named = buildNamed('1', ['busybox:latest', 'a:1'], [REPO_DIGEST]);
  assert.deepEqual(inspectForVersion(toInspect(named), named.image, 55), {
    Id: digest('1'),
    RepoTags: ['a:1', 'busybox:latest'],
    RepoDigests: [REPO_DIGEST],
    Comment: 'made',
    Created: '2024-09-26T21:31:42.12Z',
    Config: { Cmd: ['sh'], Env: ['PATH=/bin'], Labels: { a: 'b' } },
    Architecture: 'amd64',
    Os: 'linux',
    Size: 1234,
    GraphDriver: { Data: null, Name: 'overlayfs' },
    RootFS: { Type: 'layers', Layers: [digest('1')] },
    Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
  });
});

test('inspect by version: which keys are there', () => {
  const named = buildNamed('1', []);
  named.image.image.created = undefined;
  const at = (version: number) => inspectForVersion(toInspect(named), named.image, version);
  const cases: [number, string[], string[]][] = [
    [52, [], ['Parent', 'Author', 'DockerVersion', 'Created', 'VirtualSize', 'Container']],
    [51, ['Parent', 'Author', 'DockerVersion', 'Comment'], ['Created', 'VirtualSize', 'ContainerConfig']],
    [44, ['Container', 'ContainerConfig', 'Parent'], ['Created', 'VirtualSize']],
    [43, ['Container', 'ContainerConfig', 'Created', 'VirtualSize'], []],
  ];
  for (const [version, there, absent] of cases) {
    const answer = at(version);
    for (const key of there) assert.ok(key in answer, `1.${version} has ${key}`);
    for (const key of absent) assert.ok(!(key in answer), `1.${version} has no ${key}`);
  }
  assert.equal(at(43).Created, '0001-01-01T00:00:00Z');
});

test('inspect by version: Config', () => {
  const named = buildNamed('1', []);
  const config = (version: number) =>
    inspectForVersion(toInspect(named), named.image, version).Config as Record<string, unknown>;
  assert.deepEqual(Object.keys(config(52)).sort(), ['Cmd', 'Env', 'Labels']);
  assert.deepEqual(config(51), {
    Cmd: ['sh'],
    Entrypoint: null,
    Env: ['PATH=/bin'],
    Labels: { a: 'b' },
    OnBuild: null,
    User: '',
    Volumes: null,
    WorkingDir: '',
  });
  assert.equal(config(50).Hostname, undefined);
  assert.equal(config(49).Hostname, '');
  assert.equal(config(49).Tty, false);
});

test('summary by version', () => {
  const full = toSummary(buildNamed('1', ['busybox:latest']), 2);
  assert.deepEqual(summaryForVersion(full, 55), {
    Containers: 2,
    Created: 1727386302,
    Id: digest('1'),
    Labels: { a: 'b' },
    ParentId: '',
    RepoDigests: [],
    RepoTags: ['busybox:latest'],
    SharedSize: -1,
    Size: 1234,
  });
  assert.equal(summaryForVersion(full, 50).Containers, -1);
  assert.equal(summaryForVersion(full, 44).VirtualSize, undefined);
  assert.equal(summaryForVersion(full, 43).VirtualSize, 1234);
  assert.equal(summaryForVersion(full, 42).RepoDigests, null);
  const nameless = summaryForVersion(toSummary(buildNamed('1', []), 0), 42);
  assert.deepEqual([nameless.RepoTags, nameless.RepoDigests], [['<none>:<none>'], ['<none>@<none>']]);
  assert.equal(toSummary({ image: buildImage('1', { image: {} }), references: [] }, 0).Labels, null);
});

test('history: newest first, ids of the top only, sizes by layer', () => {
  const named = buildNamed('1', ['busybox:latest'], [REPO_DIGEST]);
  named.image.image.history = [
    { created_by: 'base' },
    { created_by: 'CMD', empty_layer: true },
    { created: '1970-01-01T00:00:10Z', created_by: 'more', comment: 'c' },
  ];
  assert.deepEqual(toHistory(named, 2, [100, 20]), [
    {
      Comment: 'c',
      Created: 10,
      CreatedBy: 'more',
      Id: digest('1'),
      Size: 20,
      Tags: ['busybox:latest'],
    },
    { Comment: '', Created: 0, CreatedBy: 'CMD', Id: '<missing>', Size: 0, Tags: null },
    { Comment: '', Created: 0, CreatedBy: 'base', Id: '<missing>', Size: 100, Tags: null },
  ]);
  assert.equal(toHistory(named, 2, [])[0]?.Size, 0);
  assert.throws(() => toHistory(named, 1, [100]), /too many non-empty layers in History section/);
});

test('created as Go prints it', () => {
  const cases: [unknown, string][] = [
    ['2024-01-02T03:04:05.000000000Z', '2024-01-02T03:04:05Z'],
    ['2024-01-02T03:04:05.123456789+02:00', '2024-01-02T03:04:05.123456789+02:00'],
    ['2024-01-02T03:04:05.100+02:00', '2024-01-02T03:04:05.1+02:00'],
    ['yesterday', ''],
    [null, ''],
  ];
  for (const [created, text] of cases)
    assert.equal(createdText(buildImage('1', { image: { created } })), text);
});

test('chain ids (the OCI specification)', () => {
  const [base = '', top = ''] = chainIds([digest('1'), digest('2')]);
  assert.equal(base, digest('1'));
  assert.match(top, /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(top, digest('2'));
});
