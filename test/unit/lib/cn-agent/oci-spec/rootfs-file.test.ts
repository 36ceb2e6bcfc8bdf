// lib/cn-agent/oci-spec/rootfs-file.ts on layer directories: what the container sees is found, nothing of the machine ever is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { layerDirs, readRootfsFile } from '#lib/cn-agent/oci-spec/rootfs-file.ts';

const dir = mkdtempSync('/tmp/sdct-rootfs-');
const SECRET = join(dir, 'secret');
const openFiles = (): number => readdirSync('/proc/self/fd').length;
let before_ = 0;
before(() => writeFileSync(SECRET, 'of the machine'));
after(() => rmSync(dir, { recursive: true, force: true }));
afterEach(() => assert.equal(openFiles(), before_, 'a file was left open'));

let made = 0;
/** A layer: path → text; '-> target' a link, '/' a directory, 'fifo' a pipe, 'gone' overlayfs's mark of a deleted file. */
function layer(entries: Record<string, string>): string {
  const root = join(dir, `layer${made++}`);
  mkdirSync(root);
  for (const [path, text] of Object.entries(entries)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), file);
    else if (text === '/') mkdirSync(file);
    else if (text === 'fifo') execFileSync('mkfifo', [file]);
    else if (text === 'gone') execFileSync('mknod', [file, 'c', '0', '0']);
    else writeFileSync(file, text);
  }
  return root;
}
/** Top layer first. */
function overlay(...layers: Record<string, string>[]) {
  const [upper, ...lower] = layers.map(layer);
  const options = [`upperdir=${upper}`, `lowerdir=${lower.join(':')}`, 'workdir=/x'];
  before_ = openFiles();
  return [{ type: 'overlay', source: 'overlay', options }];
}
const read = (mounts: ReturnType<typeof overlay>, path = '/etc/passwd', max = 1000) =>
  readRootfsFile(mounts, path, max);

test('layers of each kind of mount, top first', () => {
  before_ = openFiles();
  assert.deepEqual(layerDirs([]), []);
  assert.deepEqual(layerDirs([{ type: 'bind', source: '/a', options: ['rbind'] }]), ['/a']);
  assert.deepEqual(
    layerDirs([{ type: 'overlay', source: 'overlay', options: ['lowerdir=/c:/d', 'upperdir=/b'] }]),
    ['/b', '/c', '/d'],
  );
  assert.deepEqual(layerDirs([{ type: 'overlay', source: 'overlay', options: ['lowerdir=/c'] }]), ['/c']);
});

const FOUND: [what: string, layers: Record<string, string>[], text: string | null][] = [
  ['in the only layer', [{ 'etc/passwd': 'x' }], 'x'],
  ['in a lower layer', [{ 'etc/group': '' }, {}, { 'etc/passwd': 'x' }], 'x'],
  ['the upper one wins', [{ 'etc/passwd': 'new' }, { 'etc/passwd': 'old' }], 'new'],
  ['deleted in an upper layer', [{ 'etc/passwd': 'gone' }, { 'etc/passwd': 'old' }], null],
  ['its directory deleted', [{ etc: 'gone' }, { 'etc/passwd': 'old' }], null],
  [
    'deleted, then made again',
    [{ 'etc/passwd': 'newer' }, { 'etc/passwd': 'gone' }, { 'etc/passwd': 'old' }],
    'newer',
  ],
  [
    'a directory deleted below, made again above',
    [{ 'etc/other': '' }, { etc: 'gone' }, { 'etc/passwd': 'old' }],
    null,
  ],
  ['a file hides a lower directory', [{ etc: 'a file' }, { 'etc/passwd': 'old' }], null],
  ['a directory hides a lower file', [{ 'etc/passwd/x': '' }, { 'etc/passwd': 'old' }], null],
  ['by a relative link', [{ 'etc/passwd': '-> passwd.real', 'etc/passwd.real': 'x' }], 'x'],
  ['by an absolute link, which is of the container', [{ 'etc/passwd': '-> /run/p', 'run/p': 'x' }], 'x'],
  ['by a link of another layer', [{ 'etc/passwd': '-> ../usr/p' }, { 'usr/p': 'x' }], 'x'],
  ['by a directory that is a link', [{ etc: '-> usr/etc', 'usr/etc/passwd': 'x' }], 'x'],
  ['a link over a lower directory', [{ etc: '-> other' }, { 'etc/passwd': 'old', 'other/passwd': 'x' }], 'x'],
  ['dots and slashes', [{ 'etc/passwd': '-> ./..//../../etc/./p', 'etc/p': 'x' }], 'x'],
  ['a link to nothing', [{ 'etc/passwd': '-> none' }], null],
  ['a link to itself', [{ 'etc/passwd': '-> passwd' }], null],
  ['links in a circle', [{ a: '-> b', b: '-> a', 'etc/passwd': '-> /a' }], null],
  ['a directory', [{ 'etc/passwd': '/' }], null],
  ['a link to the root', [{ 'etc/passwd': '-> /' }], null],
  ['a pipe: nobody waits for its writer', [{ 'etc/passwd': 'fifo' }], null],
  ['a file for a directory', [{ 'etc/passwd': '-> file/x', 'etc/file': 'x' }], null],
  ['an empty file', [{ 'etc/passwd': '' }], ''],
  ['nothing', [{}], null],
];
for (const [what, layers, text] of FOUND)
  test(`rootfs file: ${what}`, async () => assert.equal(await read(overlay(...layers)), text));

const ESCAPES: [what: string, entries: () => Record<string, string>][] = [
  ['a link to an absolute path', () => ({ 'etc/passwd': `-> ${SECRET}` })],
  ['a link full of ..', () => ({ 'etc/passwd': `-> ${'../'.repeat(30)}${SECRET.slice(1)}` })],
  ['a directory that leads outside', () => ({ etc: `-> ${dir}`, passwd: '' })],
  ['a directory link, then ..', () => ({ etc: '-> /var/../..', passwd: '-> secret' })],
  ['/proc/self', () => ({ 'etc/passwd': '-> /proc/self/environ' })],
  ['a descriptor of ours', () => ({ 'etc/passwd': '-> /proc/self/fd/0' })],
  ['a device', () => ({ 'etc/passwd': '-> /dev/null' })],
];
for (const [what, entries] of ESCAPES) {
  test(`no way out: ${what}`, async () =>
    assert.notEqual(await read(overlay(entries(), {})), 'of the machine'));
}

test('a chain of links that the kernel would follow too ends; a longer one is nothing', async () => {
  const chain = (length: number) =>
    Object.fromEntries([
      ...Array.from({ length }, (_unused, i) => [`l${i}`, `-> l${i + 1}`]),
      [`l${length}`, 'x'],
      ['etc/passwd', '-> /l0'],
    ]);
  assert.equal(await read(overlay(chain(39))), 'x');
  assert.equal(await read(overlay(chain(40))), null);
});

test('a link of a thousand steps costs neither time nor open files', async () => {
  const ups = '../etc/'.repeat(500);
  const deep = 'd/'.repeat(400);
  for (const [path, entries] of [
    [`-> ${ups}p`, { 'etc/p': 'x' }],
    [`-> ${deep}p`, { [`etc/${deep}p`]: 'x' }],
  ] as const) {
    const mounts = overlay({ 'etc/passwd': path, ...entries }, { 'etc/q': '' }, { 'etc/r': '' });
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, openFiles());
    }, 0);
    try {
      assert.equal(await read(mounts), null);
    } finally {
      clearInterval(watch);
    }
    assert.ok(peak - before_ < 150, `${peak - before_} open files`);
  }
  assert.equal(await read(overlay({ 'etc/passwd': `-> ${'../etc/'.repeat(50)}p`, 'etc/p': 'x' })), 'x');
});

test('too large a file is refused before it is read', async () => {
  const mounts = overlay({ 'etc/passwd': 'x'.repeat(1001) });
  await assert.rejects(read(mounts), {
    restCode: 'FileTooLarge',
    ownMessage: '/etc/passwd of the container is larger than 1000 bytes',
  });
  assert.equal((await read(mounts, '/etc/passwd', 1001))?.length, 1001);
});

test('a layer that is not there, and a path that is none', async () => {
  const good = layer({ 'etc/passwd': 'x' });
  before_ = openFiles();
  assert.equal(
    await readRootfsFile(
      [{ type: 'overlay', source: 'o', options: [`lowerdir=/nowhere:${good}`] }],
      '/etc/passwd',
      9,
    ),
    'x',
  );
  const mounts = [{ type: 'bind', source: good, options: [] }];
  for (const path of ['', '/', '..', '/etc', '/etc/passwd/x', '/etc/\0passwd'])
    assert.equal(await readRootfsFile(mounts, path, 9), null);
  assert.equal(await readRootfsFile(mounts, '//etc/../../etc/./passwd', 9), 'x');
});
