// What the kernel says of a path, in dockerd's words; names of entries; paths as they come.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goFileMode, goTime, toPathStat } from '#lib/cn-agent/copy/path-stat.ts';
import { tarNames } from '#lib/cn-agent/copy/tar-names.ts';
import { absolute } from '#lib/cn-agent/docker-copy.ts';

describe('goFileMode', () => {
  for (const [unix, go, what] of [
    [0o100644, 0o644, 'a file'],
    [0o040755, 0x80000000 + 0o755, 'a directory'],
    [0o120777, 0x08000000 + 0o777, 'a link'],
    [0o060660, 0x04000000 + 0o660, 'a block device'],
    [0o020666, 0x04200000 + 0o666, 'a character device'],
    [0o010600, 0x02000000 + 0o600, 'a FIFO'],
    [0o140755, 0x01000000 + 0o755, 'a socket'],
    [0o104755, 0x00800000 + 0o755, 'setuid'],
    [0o102755, 0x00400000 + 0o755, 'setgid'],
    [0o041777, 0x80100000 + 0o777, 'a sticky directory'],
  ] as const) {
    it(what, () => assert.equal(goFileMode(unix), go));
  }
});

describe('goTime', () => {
  for (const [seconds, nanoseconds, text] of [
    [1_700_000_000, 0, '2023-11-14T22:13:20Z'],
    [1_700_000_000, 500_000_000, '2023-11-14T22:13:20.5Z'],
    [1_700_000_000, 1, '2023-11-14T22:13:20.000000001Z'],
    [0, 0, '1970-01-01T00:00:00Z'],
    [-1, 250_000_000, '1969-12-31T23:59:59.25Z'],
  ] as const) {
    it(text, () => assert.equal(goTime(seconds, nanoseconds), text));
  }
});

it('toPathStat keeps what dockerd tells and nothing more', () => {
  const answer = { name: 'f', size: 3, mode: 0o100600, mtime: [0, 0], linkTarget: '', uid: 7, dev: '8:1' };
  assert.deepEqual(toPathStat(answer), {
    name: 'f',
    size: 3,
    mode: 0o600,
    mtime: '1970-01-01T00:00:00Z',
    linkTarget: '',
  });
});

describe('a path of a request', () => {
  for (const [given, path, name, prefix] of [
    ['/etc', '/etc', 'etc', 'etc/'],
    ['etc', '/etc', 'etc', 'etc/'],
    ['//etc//x/../passwd', '/etc/passwd', 'passwd', 'passwd/'],
    ['/etc/', '/etc/', 'etc', 'etc/'],
    ['/etc/.', '/etc/.', '.', './'],
    ['/etc/..', '/', '/', '/'],
    ['../..', '/', '/', '/'],
    ['/', '/', '/', '/'],
    ['.', '/.', '.', './'],
    ['/.', '/.', '.', './'],
    ['/link/./', '/link/.', '.', './'],
    ['./', '/.', '.', './'],
  ] as const) {
    it(given, () => {
      assert.equal(absolute(given), path);
      assert.deepEqual(tarNames(path), { start: path, name, prefix });
    });
  }
});
