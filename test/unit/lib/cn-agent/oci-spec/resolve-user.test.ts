// lib/cn-agent/oci-spec/resolve-user.ts: users as Docker writes them, against passwd and group files that an image made up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveUser } from '#lib/cn-agent/oci-spec/resolve-user.ts';

const PASSWD = `# comment
root:x:0:0:root:/root:/bin/sh

  web:x:33:33:web:/var/www:/bin/false
web:x:99:99:the second of that name
nogid:x:40
badgid:x:41:abc::/:
bare
huge:x:99999999999:5::/:
neg:x:-5:5::/:
1000:x:7:7:a name that is a number:/:
`;
const GROUP = `root:x:0:root,web
wheel:x:10:root
web:x:33:
adm:x:4:web,,
adm2:x:4:web
logs:x:50:webby,web2
mine:x:60:a,web
huge:x:4294967296:web2
name:x:abc:
77:x:88:
`;
const files =
  (passwd: string | null = PASSWD, group: string | null = GROUP) =>
  async (path: string) =>
    path === '/etc/passwd' ? passwd : path === '/etc/group' ? group : assert.fail(path);
const user = (uid: number, gid: number, ...additionalGids: number[]) => ({ uid, gid, additionalGids });

const GOOD: [spec: string, groupAdd: string[], expected: object][] = [
  ['', [], user(0, 0, 10)],
  ['root', [], user(0, 0, 10)],
  ['0', [], user(0, 0, 10)],
  ['web', [], user(33, 33, 0, 4, 60)],
  ['33', [], user(33, 33, 0, 4, 60)],
  // a number is a uid, whatever the names are
  ['1000', [], user(1000, 0)],
  ['7', [], user(7, 7)],
  ['1234', [], user(1234, 0)],
  ['+5', [], user(5, 0)],
  ['2147483647', [], user(2147483647, 0)],
  ['web:adm', [], user(33, 4)],
  ['web:10', [], user(33, 10)],
  ['web:1234', [], user(33, 1234)],
  ['web:77', [], user(33, 77)],
  [':adm', [], user(0, 4)],
  ['0:0', [], user(0, 0)],
  ['1234:5678', [], user(1234, 5678)],
  ['web:adm:more', [], user(33, 4)],
  ['nogid', [], user(40, 0)],
  ['badgid', [], user(41, 0)],
  ['bare', [], user(0, 0)],
  ['root', ['adm', '99', 'adm'], user(0, 0, 10, 4, 99)],
  ['1234', ['adm'], user(1234, 0, 4)],
  ['web:adm', ['web', 'adm'], user(33, 4, 33)],
  ['1234', ['0'], user(1234, 0)],
];
for (const [spec, groupAdd, expected] of GOOD) {
  test(`user '${spec}'${groupAdd.length > 0 ? ` with groups ${groupAdd}` : ''}`, async () => {
    assert.deepEqual(await resolveUser(spec, files(), groupAdd), expected);
  });
}

const RANGE = /^uids and gids must be in range 0-2147483647$/;
const BAD: [spec: string, groupAdd: string[], message: RegExp][] = [
  ['none', [], /^unable to find user none: no matching entries in passwd file$/],
  ['web:none', [], /^unable to find group none: no matching entries in group file$/],
  ['root', ['none'], /^unable to find group none: no matching entries in group file$/],
  ['2147483648', [], RANGE],
  ['4294967296', [], RANGE],
  ['99999999999999999999999999', [], RANGE],
  ['-1', [], RANGE],
  ['0:-1', [], RANGE],
  ['0:4294967295', [], RANGE],
  ['root', ['2147483648'], RANGE],
  ['huge', [], RANGE],
  ['neg', [], RANGE],
  ['0:huge', [], RANGE],
  // what only looks like a number is a name
  ['0x0', [], /unable to find user 0x0/],
  ['1e3', [], /unable to find user 1e3/],
  [' 0', [], /unable to find user {2}0/],
  ['0\n', [], /unable to find user 0/],
  ['#', [], /unable to find user #/],
  ['# comment', [], /unable to find user # comment/],
];
for (const [spec, groupAdd, message] of BAD) {
  test(`no user: ${JSON.stringify(spec)}${groupAdd.length > 0 ? ` with groups ${groupAdd}` : ''}`, async () => {
    await assert.rejects(resolveUser(spec, files(), groupAdd), {
      name: 'TritonError',
      restCode: 'UserNotFound',
      ownMessage: message,
    });
  });
}

test('an image without the files has numbers only', async () => {
  assert.deepEqual(await resolveUser('', files(null, null)), user(0, 0));
  assert.deepEqual(await resolveUser('5:6', files(null, null), ['7']), user(5, 6, 7));
  await assert.rejects(resolveUser('root', files(null, null)), { restCode: 'UserNotFound' });
  await assert.rejects(resolveUser('0:root', files(null, null)), { restCode: 'UserNotFound' });
});

test('the group file is read only when a name needs it', async () => {
  const read: string[] = [];
  await resolveUser(
    '1234:5678',
    async (path) => {
      read.push(path);
      return null;
    },
    ['9'],
  );
  assert.deepEqual(read, ['/etc/passwd']);
});

const MANY = 2 * 1024 * 1024;
const HOSTILE: [what: string, text: string][] = [
  ['empty lines', '\n'.repeat(MANY)],
  ['short lines', 'a\n'.repeat(MANY / 2)],
  ['one line of colons', ':'.repeat(MANY)],
  ['one group with a million members', `g:x:5:${','.repeat(MANY)}`],
  ['spaces', ' '.repeat(MANY)],
];
for (const [what, text] of HOSTILE) {
  test(`a file of two megabytes: ${what}`, async () => {
    const before = process.cpuUsage();
    assert.deepEqual(await resolveUser('1234', files(text, text), ['5']), user(1234, 0, 5));
    await assert.rejects(resolveUser('u:g', files('u:x:1:1', text.replace('g', 'h'))), {
      restCode: 'UserNotFound',
    });
    const { user: spent } = process.cpuUsage(before);
    assert.ok(spent < 800_000, `${spent / 1000} ms of CPU`);
  });
}

test('more groups than the kernel has are refused', async () => {
  const group = Array.from({ length: 65_538 }, (_unused, i) => `g${i}:x:${i + 10}:web`).join('\n');
  await assert.rejects(resolveUser('web', files(PASSWD, group)), {
    restCode: 'UserNotFound',
    ownMessage: 'more than 65536 groups',
  });
});
