// The archive operations, export and changes, by the API.
import { archiveCall } from '#test/harness/archive.ts';
import { type Listed, listTar, makeTar, type TarEntry } from '#test/harness/tar.ts';
import type { Driver } from '../driver.ts';
import { create, launch, remove, type Scenario, SLEEP } from './scenario.ts';

const call = (d: Driver, method: string, path: string, body?: Buffer) =>
  archiveCall(d.socketPath, method, path, body ? { body } : {});

/** Sizes of directories and times are the file system's own. */
function comparable(stat: Record<string, unknown> | undefined): object | undefined {
  if (!stat) return undefined;
  const { mtime, size, ...rest } = stat;
  const isFile = Number(stat.mode) < 2 ** 20;
  return { ...rest, hasTime: typeof mtime === 'string', ...(isFile ? { size, mtime } : {}) };
}

const entry = ({ name, type, mode, uid, gid, size, link, mtime }: Listed) => ({
  name,
  type,
  mode: mode & 0o7777,
  owner: `${uid}:${gid}`,
  size,
  link,
  ...(type === '0' ? { mtime } : {}),
});

const get = async (d: Driver, name: string, path: string) => {
  const answer = await call(d, 'GET', `/containers/${name}/archive?path=${encodeURIComponent(path)}`);
  const { body, stat, ...other } = answer;
  const rest = { ...other, stat: comparable(stat) };
  if (answer.status !== 200) return { ...rest, body: JSON.parse(body.toString()) as unknown };
  // Of a whole root only its own entry and what the scenario made.
  const isRoot = ['.', '..', '/x/..'].includes(path);
  const entries = listTar(body).filter(({ name }) => !isRoot || /^\.?\/(x\/.*)?$/.test(name));
  return { ...rest, entries: entries.map(entry) };
};

/** Made at two times, so without them. */
const made = async (d: Driver, name: string, path: string) => {
  const { status, body, stat } = await call(
    d,
    'GET',
    `/containers/${name}/archive?path=${encodeURIComponent(path)}`,
  );
  const tar = listTar(body).map(({ name, type, link, mode }) => ({ name, type, link, mode: mode & 0o7777 }));
  const { name: base, mode, linkTarget } = stat as Record<string, unknown>;
  return { status, tar, stat: { base, mode, linkTarget } };
};

const head = async (d: Driver, name: string, path: string) => {
  const { status, stat } = await call(
    d,
    'HEAD',
    `/containers/${name}/archive?path=${encodeURIComponent(path)}`,
  );
  return { status, stat: comparable(stat) };
};

const put = async (d: Driver, name: string, query: string, body: Buffer) => {
  const { status, type, body: text } = await call(d, 'PUT', `/containers/${name}/archive?${query}`, body);
  return { status, type, body: text.length > 0 ? (JSON.parse(text.toString()) as unknown) : '' };
};

const SETUP = `mkdir -p /x/dir/sub /x/empty; echo one > /x/file; touch -d @1700000000 /x/file; chmod 4750 /x/file; chown 5:6 /x/file;
  echo two > /x/dir/sub/two; ln /x/dir/sub/two /x/dir/again; ln -s /x/dir /x/abs; ln -s dir /x/rel; ln -s ../../../../x/dir /x/up; ln -s none /x/dangling;
  ln -s loop /x/loop; mkfifo /x/fifo; mkdir -m 1777 /x/sticky; ln -s /x/file /x/tofile;
  touch /x/$(printf 'n%.0s' $(seq 1 120)); touch "/x/a b'c"; chown 123456:3000000 /x/empty;
  find /x -exec touch -h -d @1700000000 {} +`;

const PATHS = [
  ...[
    '/x/file',
    '/x/file/',
    '/x/file/.',
    '/x/dir',
    '/x/dir/',
    '/x/dir/.',
    'x/dir',
    '//x//dir',
    '/x/dir/..',
    '/x/dir/../file',
    '/x',
    '/x/',
  ],
  ...[
    '/x/abs',
    '/x/abs/',
    '/x/abs/.',
    '/x/abs/sub/two',
    '/x/rel/sub',
    '/x/up',
    '/x/up/again',
    '/x/up/',
    '/x/dangling',
    '/x/dangling/',
  ],
  ...[
    '/x/tofile',
    '/x/tofile/',
    '/x/none',
    '/x/file/under',
    '/x/fifo',
    '/x/sticky',
    '/none/none',
    '/x/..',
    '.',
    '..',
    "/x/a b'c",
  ],
];

/** What an upload can hold that is honest. */
const HONEST: TarEntry[] = [
  { name: 'd', type: '5', mode: 0o1711, uid: 3, gid: 4, mtime: 1_600_000_000 },
  { name: 'd/f', body: 'hello\n', mode: 0o640, uid: 1000, gid: 1000, mtime: 1_500_000_000 },
  { name: 'd/hard', type: '1', link: 'd/f', mode: 0o640, uid: 1000, gid: 1000, mtime: 1_500_000_000 },
  { name: 'd/abs', type: '2', link: '/etc/passwd', uid: 7, gid: 8 },
  { name: 'd/rel', type: '2', link: 'f' },
  { name: 'd/fifo', type: '6', mode: 0o600 },
  { name: 'implied/parents/f', body: 'x' },
  { name: '/absolute', body: 'a' },
  { name: './dot', body: 'd' },
  { name: 'short', pax: { path: `long/${'l'.repeat(150)}`, mtime: '1400000000.5' }, body: 'long' },
  { name: 'empty', body: '' },
  { name: 'suid', body: 's', mode: 0o6751, uid: 9, gid: 9 },
  { name: 'd/global', body: '19 comment=ignored\n', type: 'g' },
];

const SHOW = `cd /up && find . | sort | while read -r f; do stat -c '%n %F %a %u:%g %h' "$f"; [ -f "$f" ] && cat "$f"; [ -L "$f" ] && readlink "$f"; done;
  stat -c '%n %Y' d d/f implied/parents/f long/*`;

/** What dockerd makes in every container. */
const MADE = [
  ...['/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/etc/mtab', '/.dockerenv'],
  ...['/dev/console', '/dev/pts', '/dev/shm', '/proc', '/sys'],
];

const lines = ({ code, stdout }: { code: number; stdout: string }) => ({ code, lines: stdout.split('\n') });

export const archiveScenarios: Scenario[] = [
  {
    name: 'ContainerArchive and ContainerArchiveInfo: every kind of path',
    async play(d) {
      await launch(d, 'ar1');
      await d.cli('exec', 'ar1', 'sh', '-c', SETUP);
      const out: Record<string, unknown> = {};
      for (const path of PATHS)
        out[path] = { head: await head(d, 'ar1', path), get: await get(d, 'ar1', path) };
      const missing = await get(d, 'nosuch', '/');
      const empty = await get(d, 'ar1', '');
      const noPath = await call(d, 'GET', '/containers/ar1/archive');
      await remove(d, 'ar1');
      return { out, missing, empty, noPath: { status: noPath.status, body: noPath.body.toString() } };
    },
  },
  {
    name: 'ContainerArchive of created, stopped and paused containers, through binds',
    async play(d) {
      const host = {
        NetworkMode: 'none',
        Binds: ['/etc/debian_version:/b/file:ro', '/usr/share/doc/tar:/b/dir'],
      };
      const body = { ...SLEEP, HostConfig: host };
      const look = async (name: string) => ({
        file: await get(d, name, '/b/file'),
        dir: (await head(d, name, '/b/dir/copyright')).status,
        etc: await head(d, name, '/etc/passwd'),
      });
      await create(d, 'ar2', body);
      const created = await look('ar2');
      const mountPoints: Record<string, unknown> = {};
      for (const path of MADE) mountPoints[path] = await made(d, 'ar2', path);
      await d.api('POST', '/containers/ar2/start');
      const running = await look('ar2');
      await d.api('POST', '/containers/ar2/pause');
      const paused = await look('ar2');
      await d.api('POST', '/containers/ar2/unpause');
      await d.api('POST', '/containers/ar2/kill');
      await d.until('ar2', 'exited');
      const stopped = await look('ar2');
      const readOnly = await put(d, 'ar2', 'path=/b/file', makeTar([{ name: 'x' }]));
      await remove(d, 'ar2');
      return { created, mountPoints, running, paused, stopped, readOnly };
    },
  },
  {
    name: 'ContainerArchive of a stopped container whose mount points now lead elsewhere',
    async play(d) {
      const Binds = ['/usr/share/doc/tar:/data/dir', '/etc/debian_version:/data/file'];
      const script = 'mv /data /old; ln -s ../../there /data';
      const body = {
        Image: 'busybox',
        Cmd: ['sh', '-c', script],
        HostConfig: { NetworkMode: 'none', Binds },
      };
      await create(d, 'ar7', body);
      await d.api('POST', '/containers/ar7/start');
      await d.until('ar7', 'exited');
      const paths = ['/data', '/data/dir/copyright', '/data/file', '/there/dir', '/there/file', '/old/dir'];
      const out: Record<string, unknown> = {};
      for (const path of paths) out[path] = await head(d, 'ar7', path);
      await remove(d, 'ar7');
      return out;
    },
  },
  {
    name: 'PutContainerArchive: what arrives',
    async play(d) {
      await launch(d, 'ar3');
      await d.cli(
        'exec',
        'ar3',
        'sh',
        '-c',
        'mkdir /up; echo old > /up/dot; ln -s /up /to-up; mkdir -p /up/d/kept',
      );
      const tar = makeTar(HONEST);
      const first = await put(d, 'ar3', 'path=/to-up', tar);
      const there = lines(await d.cli('exec', 'ar3', 'sh', '-c', SHOW));
      const again = await put(d, 'ar3', 'path=/up/', tar);
      const thereAgain = lines(await d.cli('exec', 'ar3', 'sh', '-c', SHOW));
      await remove(d, 'ar3');
      return { first, there, again, thereAgain };
    },
  },
  {
    name: 'PutContainerArchive: refusals',
    async play(d) {
      await launch(d, 'ar4');
      await d.cli('exec', 'ar4', 'sh', '-c', 'mkdir -p /up/dir; echo x > /up/file');
      const file = makeTar([{ name: 'dir', body: 'file' }]);
      const dir = makeTar([{ name: 'file', type: '5' }]);
      const out = {
        noPath: await put(d, 'ar4', '', file),
        missing: await put(d, 'ar4', 'path=/none', file),
        notDir: await put(d, 'ar4', 'path=/up/file', file),
        under: await put(d, 'ar4', 'path=/up/file/x', file),
        noContainer: await put(d, 'nosuch', 'path=/', file),
        dirByFile: await put(d, 'ar4', 'path=/up&noOverwriteDirNonDir=1', file),
        fileByDir: await put(d, 'ar4', 'path=/up&noOverwriteDirNonDir=true', dir),
        allowed: await put(d, 'ar4', 'path=/up', file),
        empty: await put(d, 'ar4', 'path=/up', Buffer.alloc(0)),
        zeros: await put(d, 'ar4', 'path=/up', Buffer.alloc(1024)),
        noTar: (await put(d, 'ar4', 'path=/up', Buffer.from('no tar at all'.repeat(100)))).status,
        cut: (
          await put(
            d,
            'ar4',
            'path=/up',
            makeTar([{ name: 'cut', body: 'x'.repeat(2000) }]).subarray(0, 1500),
          )
        ).status,
        outside: (await put(d, 'ar4', 'path=/up', makeTar([{ name: '../out', body: 'x' }]))).status,
        hardOutside: (
          await put(d, 'ar4', 'path=/up', makeTar([{ name: 'h', type: '1', link: '../../etc/passwd' }]))
        ).status,
      };
      const there = await d.cli('exec', 'ar4', 'sh', '-c', 'find /up /out | sort');
      await remove(d, 'ar4');
      const readOnlyRoot = { ...SLEEP, HostConfig: { NetworkMode: 'none', ReadonlyRootfs: true } };
      await launch(d, 'ar5', readOnlyRoot);
      const running = await put(d, 'ar5', 'path=/', file);
      await d.api('POST', '/containers/ar5/kill');
      await d.until('ar5', 'exited');
      const stopped = await put(d, 'ar5', 'path=/', file);
      await remove(d, 'ar5');
      return { out, there: there.stdout, running, stopped };
    },
  },
  {
    name: 'PutContainerArchive: copyUIDGID',
    async play(d) {
      await launch(d, 'ar6', { ...SLEEP, User: '33:44' });
      const tar = makeTar([
        { name: 'f', uid: 1, gid: 2 },
        { name: 'dir', type: '5', uid: 5, gid: 6 },
      ]);
      const without = await put(d, 'ar6', 'path=/tmp', tar);
      const theirs = await d.cli('exec', 'ar6', 'stat', '-c', '%n %u:%g', '/tmp/f', '/tmp/dir');
      const with_ = await put(d, 'ar6', 'path=/tmp&copyUIDGID=1', tar);
      const ours = await d.cli('exec', 'ar6', 'stat', '-c', '%n %u:%g', '/tmp/f', '/tmp/dir');
      await remove(d, 'ar6');
      return { without, theirs, with_, ours };
    },
  },
  {
    name: 'ContainerChanges',
    async play(d) {
      await create(d, 'ch1');
      const changes = async (name = 'ch1') => {
        const answer = await d.api('GET', `/containers/${name}/changes`);
        const { body } = answer;
        const sorted = Array.isArray(body)
          ? [...(body as { Path: string }[])].sort((a, b) => (a.Path < b.Path ? -1 : 1))
          : body;
        return { ...answer, body: sorted };
      };
      const created = await changes();
      await d.api('POST', '/containers/ch1/start');
      const started = await changes();
      await d.cli(
        ...['exec', 'ch1', 'sh', '-c'],
        `echo x >> /etc/passwd; rm /etc/group; touch /tmp/new; mkdir -p /var/deep/er; touch /var/deep/er/f; chmod 700 /home;
         rm -r /usr/sbin; mkdir /usr/sbin; rm -r /var/spool; ln -s x /root/link; chown 5 /bin/busybox; touch -d @1 /etc/hosts /usr/bin/env`,
      );
      const changed = await changes();
      await d.api('POST', '/containers/ch1/kill');
      await d.until('ch1', 'exited');
      const stopped = await changes();
      const missing = await d.api('GET', '/containers/nosuch/changes');
      await remove(d, 'ch1');
      await create(d, 'ch2', SLEEP);
      await put(d, 'ch2', 'path=/etc', makeTar([{ name: 'hosts', body: '::1 x' }]));
      const filled = await changes('ch2');
      await remove(d, 'ch2');
      return { created, started, changed, stopped, missing, filled };
    },
  },
  {
    name: 'ContainerExport',
    async play(d) {
      await create(d, 'ex1', {
        ...SLEEP,
        HostConfig: { NetworkMode: 'none', Binds: ['/usr/share/doc/tar:/b'] },
      });
      const names = async () => {
        const { status, type, body } = await call(d, 'GET', '/containers/ex1/export');
        return {
          status,
          type,
          names: listTar(body)
            // Where a bind goes is made by dockerd at the start, by us when somebody looks.
            .filter(({ name }) => name !== 'b/')
            .map(({ name, type, link, mode }) => `${name} ${type} ${link} ${mode & 0o7777}`),
        };
      };
      const created = await names();
      await d.api('POST', '/containers/ex1/start');
      await d.cli('exec', 'ex1', 'sh', '-c', 'echo x > /tmp/new');
      const running = await names();
      const missing = await call(d, 'GET', '/containers/nosuch/export');
      await remove(d, 'ex1');
      return { created, running, missing: { status: missing.status, body: missing.body.toString() } };
    },
  },
];
