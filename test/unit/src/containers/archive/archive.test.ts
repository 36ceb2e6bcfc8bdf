// The small translations of docker cp, export and diff.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compressionOf } from '#src/api/decompress.ts';
import { statusError } from '#src/containers/archive/open-copy.ts';
import { pathStatHeader } from '#src/containers/archive/path-stat-header.ts';
import { acceptedEncoding } from '#src/containers/archive/send-tar.ts';
import { JsonList } from '#src/containers/changes.ts';

describe('compressionOf', () => {
  for (const [hex, compression] of [
    ['1f8b0800', 'gzip'],
    ['425a683931', 'bzip2'],
    ['fd377a585a00', 'xz'],
    ['28b52ffd04', 'zstd'],
    ['502a4d18', 'zstd'],
    ['5f2a4d18', 'zstd'],
    ['602a4d18', 'none'],
    ['1f8b', 'none'],
    ['6574632f', 'none'],
    ['', 'none'],
  ] as const) {
    it(`${hex || 'nothing'} is ${compression}`, () =>
      assert.equal(compressionOf(Buffer.from(hex, 'hex')), compression));
  }
});

describe('acceptedEncoding', () => {
  for (const [header, encoding] of [
    [undefined, null],
    ['', null],
    ['identity', null],
    ['gzip', 'gzip'],
    ['deflate, gzip', 'gzip'],
    ['gzip;q=0.5, deflate', 'deflate'],
    ['gzip;q=0', null],
    ['*', 'gzip'],
    ['br, GZIP ; q=0.1', 'gzip'],
  ] as const) {
    it(String(header), () => assert.equal(acceptedEncoding(header), encoding));
  }
});

describe('pathStatHeader', () => {
  const decoded = (stat: object) =>
    Buffer.from(pathStatHeader(stat as never)['X-Docker-Container-Path-Stat']!, 'base64').toString();
  it("has Go's order of keys", () => {
    const stat = { linkTarget: '', mtime: 't', mode: 420, size: 1, name: 'f' };
    assert.equal(decoded(stat), '{"name":"f","size":1,"mode":420,"mtime":"t","linkTarget":""}');
  });
  it("says a link of Triton's agent in Go's bit", () => {
    assert.match(decoded({ mode: 2 ** 26, linkTarget: '/x' }), /"mode":134217728/);
    assert.match(decoded({ mode: 2 ** 26, linkTarget: '' }), /"mode":67108864/);
  });
});

describe('statusError', () => {
  const at = { ref: 'box', path: '/x' };
  for (const [status, kind, message] of [
    [{ code: 'FileNotFound' }, 'notFound', 'Could not find the file /x in container box'],
    [{ code: 'PathNotDirectory', message: 'm' }, 'invalid', 'extraction point is not a directory'],
    [{ code: 'PathReadOnly', message: 'read-only' }, 'invalid', 'read-only'],
    [{ code: 'CopyFailed', message: 'disk full' }, 'internal', 'disk full'],
    [null, 'internal', 'the copy of /x broke off'],
  ] as const) {
    it(JSON.stringify(status), () => {
      const err = statusError(status, at);
      assert.deepEqual([err?.kind, err?.clientMessage], [kind, message]);
    });
  }
  it('is none when all went well', () => assert.equal(statusError({}, at), null));
});

describe('JsonList', () => {
  const text = '{"Path":"/a","Kind":1}\n{"Path":"/é","Kind":0}\n{"Path":"/c","Kind":2}\n';
  for (const cut of [1, 5, 1000]) {
    it(`of lines in pieces of ${cut}`, () => {
      const list = new JsonList();
      const bytes = Buffer.from(text);
      let out = '';
      for (let at = 0; at < bytes.length; at += cut) out += list.push(bytes.subarray(at, at + cut));
      out += list.end();
      assert.deepEqual(
        JSON.parse(out),
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      );
      assert.ok(out.endsWith(']\n'));
    });
  }
  it('of nothing is null, as Go says it', () => assert.equal(new JsonList().end(), 'null\n'));
});
