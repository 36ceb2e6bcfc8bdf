// src/build/{tar-writer,is-archive,owner}.ts: the headers that are written, and what is read of those of others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHeader } from '#src/build/is-archive.ts';
import { firstFile, idIn } from '#src/build/owner.ts';
import { header } from '#src/build/tar-writer.ts';
import { makeTar } from '#test/harness/tar.ts';

const entry = { name: 'a/file', type: 'File' as const, mode: 0o4755, size: 3, link: '', mtime: 7 };

test('a header that tar knows', () => {
  const block = header(entry, { uid: 12, gid: 34 });
  assert.equal(block.length, 512);
  assert.ok(isHeader(block));
  assert.equal(Number.parseInt(block.toString('latin1', 100, 107), 8), 0o4755);
  assert.equal(Number.parseInt(block.toString('latin1', 108, 115), 8), 12);
});

test('PAX records for what does not fit', () => {
  const name = `${'long/'.repeat(40)}ü`;
  const blocks = header({ ...entry, name, link: 'x'.repeat(101) }, { uid: 0o10000000, gid: 0 });
  const text = blocks.toString('utf8');
  assert.ok(isHeader(blocks.subarray(0, 512)) && isHeader(blocks.subarray(-512)));
  const records = [...text.matchAll(/(\d+) (path|linkpath|uid)=([^\n]*)\n/g)];
  assert.deepEqual(
    records.map(([, , key]) => key),
    ['path', 'linkpath', 'uid'],
  );
  for (const [whole, length] of records) assert.equal(Buffer.byteLength(whole), Number(length));
});

test('what is no archive', () => {
  assert.ok(!isHeader(Buffer.alloc(512)));
  assert.ok(!isHeader(Buffer.from('text')));
  assert.ok(!isHeader(Buffer.alloc(512, 'a')));
});

test('names in passwd', () => {
  const tar = makeTar([
    { name: 'passwd', body: 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65533:::\n', pax: { x: 'y' } },
  ]);
  const passwd = firstFile(tar);
  assert.equal(idIn(passwd, 'nobody'), 65534);
  assert.equal(idIn(passwd, 'nosuch'), null);
  assert.equal(
    firstFile(
      makeTar([
        { name: 'd', type: '5' },
        { name: 'a', type: '\0', body: 'old' },
        { name: 'b', body: 'x' },
      ]),
    ),
    'old',
  );
  assert.equal(firstFile(Buffer.alloc(1024)), '');
});
