// What log options say of a container: chosen labels and variables, and tags by Go template.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailAttributes, extraAttributes } from '#lib/docker-vm/log/attributes.ts';
import { type LogInfo, logConfigOf, logInfoOf } from '#lib/docker-vm/log/info.ts';
import { logTag } from '#lib/docker-vm/log/tag.ts';
import { LABEL_TAG_PREFIX, MD } from '#lib/docker-vm/metadata.ts';
import { vmRecord } from '#test/unit/lib/cn-agent/vm-record.ts';

const UUID = '11111111-2222-3333-4444-555555555555';
const ID = 'abcdef012345'.padEnd(64, '0');
const INFO: LogInfo = {
  Config: {},
  ContainerID: ID,
  ContainerName: '/web.1',
  ContainerEntrypoint: 'sh',
  ContainerArgs: ['-c', 'true'],
  ContainerImageID: 'sha256:fedcba9876543210',
  ContainerImageName: 'reg/img:1',
  ContainerCreated: '2026-11-24T10:00:00.000Z',
  ContainerEnv: ['A=1', 'B_x=2=3', 'broken', 'C='],
  ContainerLabels: { app: 'w', 'com.x.y': 'z', app2: 'v' },
  LogPath: '',
  DaemonName: 'docker',
};
const withConfig = (Config: Record<string, string>): LogInfo => ({ ...INFO, Config });

test('attributes', () => {
  const cases: [Record<string, string>, Record<string, string>][] = [
    [{}, {}],
    [{ labels: 'app,nosuch' }, { app: 'w' }],
    [{ 'labels-regex': '^app' }, { app: 'w', app2: 'v' }],
    [{ 'labels-regex': '(?i)^APP$' }, { app: 'w' }],
    [{ env: 'A,B_x' }, { A: '1', B_x: '2=3' }],
    [
      { 'env-regex': '^[AC]$', labels: 'app' },
      { app: 'w', A: '1', C: '' },
    ],
  ];
  for (const [config, expected] of cases) assert.deepEqual(extraAttributes(withConfig(config)), expected);
  assert.deepEqual(
    extraAttributes(withConfig({ labels: 'app' }), (key) => `_${key}`),
    { _app: 'w' },
  );
  assert.throws(() => extraAttributes(withConfig({ 'env-regex': '(' })), /^Error: error parsing regexp: /);
});

test('an expression that runs away is stopped', () => {
  const info = {
    ...withConfig({ 'labels-regex': '^(a+)+$' }),
    ContainerLabels: { [`${'a'.repeat(60)}!`]: 'x' },
  };
  const begun = performance.now();
  assert.throws(() => extraAttributes(info), /takes too long/);
  assert.ok(performance.now() - begun < 5000);
});

test('details: attributes and an asked-for tag, whatever is wrong with them', () => {
  assert.deepEqual(detailAttributes(withConfig({ labels: 'app' }), 'h'), { app: 'w' });
  assert.deepEqual(detailAttributes(withConfig({ env: 'A', tag: '{{.Name}}' }), 'h'), {
    A: '1',
    tag: 'web.1',
  });
  assert.deepEqual(detailAttributes(withConfig({ 'env-regex': '(', tag: '{{.Nope}}' }), 'h'), {});
});

const TAGS: [string, string][] = [
  ['', 'abcdef012345'],
  ['plain', 'plain'],
  ['{{.ID}}', 'abcdef012345'],
  ['{{.FullID}}', ID],
  ['{{.ImageName}}/{{.Name}}/{{.ID}}', 'reg/img:1/web.1/abcdef012345'],
  ['{{.ImageID}} {{.ImageFullID}}', 'fedcba987654 sha256:fedcba9876543210'],
  ['{{.DaemonName}}|{{.Hostname}}|{{.Command}}', 'docker|node1|sh -c true'],
  ['{{ .Name | upper }}', 'WEB.1'],
  ['{{upper (lower .Name)}}', 'WEB.1'],
  ['{{index .ContainerLabels "com.x.y"}}', 'z'],
  ['{{.ContainerLabels.app}}', 'w'],
  ['{{.ContainerLabels.none}}', '<no value>'],
  ['{{with_space}}'.replace('with_space', 'printf "%s-%5s|%-4s" .Name "x" "y"'), 'web.1-    x|y   '],
  ['{{join (split .Name ".") "_"}}', 'web_1'],
  ['{{json .ContainerArgs}}', '["-c","true"]'],
  ['{{.ContainerArgs}}', '[-c true]'],
  ['{{truncate .Name 3}}{{pad "a" 1 2}}.', 'web a  .'],
  ['{{title "ab cd"}}', 'Ab Cd'],
  ['a {{- .Name -}} b', 'aweb.1b'],
  ['{{/* nothing */}}x', 'x'],
  ['{{if .LogPath}}a{{else}}b{{end}}{{if and .ID .Name}}c{{end}}', 'bc'],
  ['{{if eq .DaemonName "docker"}}{{if not .LogPath}}deep{{end}}{{end}}', 'deep'],
  ['{{"}}"}}{{`raw`}}', '}}raw'],
  ['{{len .ContainerArgs}}', '2'],
];
for (const [tag, expected] of TAGS) {
  test(`tag ${JSON.stringify(tag)}`, () => assert.equal(logTag(withConfig({ tag }), 'node1'), expected));
}

const BAD_TAGS: [string, string | RegExp][] = [
  ['{{.ID', 'template: log-tag:1: unclosed action'],
  ['{{nosuch .ID}}', 'template: log-tag:1: function "nosuch" not defined'],
  [
    '{{.Nope}}',
    /^template: log-tag:1:2: executing "log-tag" at <\.Nope>: can't evaluate field Nope in type \*logger\.Info$/,
  ],
  ['{{}}', 'template: log-tag:1: missing value for command'],
  ['{{if .ID}}x', 'template: log-tag:1: unexpected EOF'],
  ['{{end}}', 'template: log-tag:1: unexpected {{end}}'],
  ['{{.ID .Name}}', /can't give argument to non-function \.ID$/],
  ['{{range .ContainerArgs}}x{{end}}', /not supported here$/],
  ['{{.constructor}}', /can't evaluate field constructor/],
  ['{{.ContainerLabels.__proto__}}x', /x/],
];
for (const [tag, message] of BAD_TAGS.slice(0, -1)) {
  test(`bad tag ${JSON.stringify(tag)}`, () =>
    assert.throws(() => logTag(withConfig({ tag }), 'node1'), { message }));
}

test('a template sees own fields only', () => {
  assert.equal(logTag(withConfig({ tag: '{{.ContainerLabels.__proto__}}' }), 'h'), '<no value>');
  assert.equal(logTag(withConfig({ tag: '{{index .ContainerLabels "constructor"}}' }), 'h'), '');
});

test('from a VM', () => {
  const metadata = {
    [MD.id]: ID,
    [MD.cmd]: '["-c","true"]',
    [MD.entrypoint]: '["sh"]',
    [MD.env]: '["A=1"]',
    [MD.imageName]: 'img',
    [MD.imageId]: 'sha256:0',
    [MD.logDriver]: 'syslog',
    [MD.logConfig]: '{"tag":"x"}',
  };
  const tags = { [`${LABEL_TAG_PREFIX}app`]: 'w', 'triton.cns.services': 'x', sdc_docker: true };
  const vm = { ...vmRecord(UUID, metadata), alias: 'web', tags };
  assert.deepEqual(logConfigOf(vm), { driver: 'syslog', config: { tag: 'x' } });
  const info = logInfoOf(vm);
  assert.deepEqual(info.ContainerLabels, { app: 'w', 'triton.cns.services': 'x' });
  assert.equal(info.ContainerName, '/web');
  assert.deepEqual([info.ContainerEntrypoint, info.ContainerArgs], ['sh', ['-c', 'true']]);
  const broken = vmRecord(UUID, { [MD.logConfig]: 'broken' });
  assert.deepEqual(logConfigOf(broken), { driver: 'json-file', config: {} });
  assert.equal(logInfoOf(broken).ContainerID, UUID.replaceAll('-', ''));
});
