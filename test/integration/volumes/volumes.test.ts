// Volumes with the real docker CLI: made, mounted, shared, in use, removed; what containers bring and take with them.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mountsAt } from '#lib/cn-agent/volumes/unmount.ts';
import { run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const it1 = suite('volumes');
const ok = (...args: string[]): Promise<string> => it1.stack.ok(args);
const docker = (...args: string[]) => it1.stack.docker(args);
const names = async (...filter: string[]): Promise<string[]> => {
  const text = await ok('volume', 'ls', '-q', ...filter.flatMap((each) => ['--filter', each]));
  return text.split('\n').filter(Boolean).sort();
};
const inspect = async (...args: string[]) => JSON.parse(await ok('inspect', ...args))[0];

describe('docker volume', () => {
  it('keeps what one container wrote for the next', async () => {
    assert.equal(await ok('volume', 'create', 'kept'), 'kept');
    await ok('run', '--rm', '-v', 'kept:/d', 'busybox', 'sh', '-c', 'echo hello > /d/f');
    assert.equal(await ok('run', '--rm', '-v', 'kept:/d', 'busybox', 'cat', '/d/f'), 'hello');
    const [volume] = JSON.parse(await ok('volume', 'inspect', 'kept'));
    assert.deepEqual([volume.Driver, volume.Name, volume.Scope], ['local', 'kept', 'local']);
    // Again: the same one.
    assert.equal(await ok('volume', 'create', '--label', 'a=b', 'kept'), 'kept');
    assert.equal(JSON.parse(await ok('volume', 'inspect', 'kept'))[0].Labels, null);
    // Options that no new one could have are not looked at.
    assert.equal(await ok('volume', 'create', '--opt', 'type=tmpfs', 'kept'), 'kept');
    const mount = 'type=volume,src=kept,dst=/d,volume-opt=type=tmpfs';
    assert.equal(await ok('run', '--rm', '--mount', mount, 'busybox', 'cat', '/d/f'), 'hello');
    await ok('volume', 'rm', 'kept');
    const gone = await docker('volume', 'inspect', 'kept');
    assert.match(gone.stderr, /get kept: no such volume/);
  });

  it('makes a missing volume for a container, and keeps it', async () => {
    await ok('run', '--rm', '-v', 'made:/d:ro', 'busybox', 'true');
    assert.deepEqual(await names('name=made'), ['made']);
    await ok('volume', 'rm', 'made');
  });

  it('does not remove what a container uses', async () => {
    const id = await ok('create', '--name', 'user', '-v', 'used:/d', 'busybox', 'true');
    const refused = await docker('volume', 'rm', 'used');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`remove used: volume is in use - \\[${id}\\]`));
    assert.deepEqual(await names('dangling=true'), []);
    await ok('rm', 'user');
    assert.deepEqual(await names('dangling=true'), ['used']);
    await ok('volume', 'rm', 'used');
  });

  it('lists by name, label, driver and use; prunes what nobody named, or all', async () => {
    await ok('volume', 'create', '--label', 'tier=a', 'list-a');
    await ok('volume', 'create', '--label', 'tier=b', 'list-b');
    const anonymous = await ok('volume', 'create');
    await ok(
      'run',
      '--rm',
      '-v',
      `${anonymous}:/d`,
      'busybox',
      'dd',
      'if=/dev/zero',
      'of=/d/f',
      'bs=1000',
      'count=3000',
    );
    assert.match(anonymous, /^[0-9a-f]{64}$/);
    assert.deepEqual(await names('name=list-'), ['list-a', 'list-b']);
    assert.deepEqual(await names('label=tier'), ['list-a', 'list-b']);
    assert.deepEqual(await names('label=tier=b'), ['list-b']);
    assert.deepEqual(await names('driver=nosuch'), []);
    assert.deepEqual(await names('driver=local', 'dangling=true'), [anonymous, 'list-a', 'list-b'].sort());
    assert.match(await ok('volume', 'prune', '-f'), new RegExp(`${anonymous}\n\nTotal reclaimed space: 3MB`));
    assert.deepEqual(await names(), ['list-a', 'list-b']);
    await ok('volume', 'prune', '-f', '--all', '--filter', 'label!=tier=a');
    assert.deepEqual(await names(), ['list-a']);
    await ok('volume', 'rm', 'list-a');
  });

  it('refuses in dockerd’s words', async () => {
    const said = async (...args: string[]) => (await docker(...args)).stderr;
    assert.match(
      await said('volume', 'create', 'a b'),
      /create a b: "a b" includes invalid characters for a local/,
    );
    assert.match(await said('volume', 'create', 'x'), /create x: volume name is too short/);
    assert.match(
      await said('volume', 'create', '-d', 'nosuch', 'vv'),
      /error looking up volume plugin nosuch/,
    );
    assert.match(
      await said('volume', 'create', '-d', 'tritonnfs', 'vv'),
      /no storage for volumes of type tritonnfs/,
    );
    assert.match(await said('volume', 'rm', 'nosuch'), /get nosuch: no such volume/);
    assert.match(
      await said('run', '-v', 'a/b:/d', 'busybox'),
      /"a\/b" includes invalid characters for a local volume name/,
    );
    assert.equal((await docker('volume', 'rm', '-f', 'nosuch')).code, 0);
    assert.deepEqual(await names(), []);
  });
});

describe('volumes of containers', () => {
  it('gives a container an anonymous volume for -v /path, which rm -v and --rm remove and rm does not', async () => {
    await ok('create', '--name', 'anon', '-v', '/d', '-v', 'stays:/e', 'busybox', 'true');
    const { Mounts } = await inspect('anon');
    assert.deepEqual(
      Mounts.map(({ Type, Destination }: Record<string, string>) => [Type, Destination]),
      [
        ['volume', '/d'],
        ['volume', '/e'],
      ],
    );
    const [{ Name }] = Mounts;
    assert.deepEqual(await names(), [Name, 'stays'].sort());
    await ok('rm', 'anon');
    assert.deepEqual(await names(), [Name, 'stays'].sort());
    await ok('volume', 'rm', Name);
    await ok('create', '--name', 'anon', '-v', '/d', '-v', 'stays:/e', 'busybox', 'true');
    await ok('rm', '-v', 'anon');
    await ok('run', '--rm', '-v', '/d', '-v', 'stays:/e', 'busybox', 'true');
    assert.deepEqual(await names(), ['stays']);
    await ok('volume', 'rm', 'stays');
  });

  it('copies up what the image has, with owners and modes, once, and not with nocopy', async () => {
    await ok('run', '--rm', '-v', 'copy:/etc', 'busybox', 'sh', '-c', 'echo mine > /etc/group');
    const list = await ok(
      'run',
      '--rm',
      '-v',
      'copy:/x',
      'busybox',
      'sh',
      '-c',
      'cat /x/group; stat -c %a /x',
    );
    assert.equal(list, 'mine\n755');
    await ok('run', '--rm', '-v', 'tmp:/tmp', 'busybox', 'true');
    assert.equal(await ok('run', '--rm', '-v', 'tmp:/x', 'busybox', 'stat', '-c', '%a %u', '/x'), '1777 0');
    await ok('run', '--rm', '-v', 'plain:/etc:nocopy', 'busybox', 'true');
    const plain = await ok('run', '--rm', '-v', 'plain:/x', 'busybox', 'ls', '/x');
    assert.doesNotMatch(plain, /passwd/);
    await ok('volume', 'rm', 'copy', 'tmp', 'plain');
  });

  it('copies up into the volume and nowhere else, whatever a running container makes of it meanwhile', async () => {
    const host = await mkdtemp('/tmp/sdct-bound-');
    const links = ['group', 'passwd', 'hosts', 'new'].map((name) => `ln -s ${host} /v/${name}`).join('; ');
    const evil = `while :; do ${links}; ln -s ${host}/f /v/resolv.conf; rm -rf /v/*; done`;
    const id = await ok('run', '-d', '-v', 'evil:/v', 'busybox', 'sh', '-c', `(${evil}) 2>/dev/null`);
    const made = await Promise.all(
      Array.from({ length: 8 }, () => docker('create', '-v', 'evil:/etc', 'busybox')),
    );
    assert.deepEqual(await readdir(host), []);
    await ok('rm', '-f', id, ...made.map(({ stdout }) => stdout.trim()).filter(Boolean));
    await ok('volume', 'rm', 'evil');
    await rm(host, { recursive: true });
  });

  it('is deleted whatever was written into it', async () => {
    // A path longer than the kernel takes at once.
    const script = 'cd /d; n=$(printf %0200d 0); for i in $(seq 40); do mkdir $n; cd $n; done; echo > f';
    await ok('run', '--rm', '-v', 'deep:/d', 'busybox', 'sh', '-c', script);
    const source = await ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'deep');
    await ok('volume', 'rm', 'deep');
    const tombstones = join(source, '../../.deleted');
    await waitUntil('nothing is left', async () => (await readdir(tombstones)).length === 0);
  });

  it('takes over mounts with --volumes-from, several and read-only', async () => {
    await ok('create', '--name', 'one', '-v', 'from-one:/one', '-v', '/srv:/host:ro', 'busybox');
    await ok('create', '--name', 'two', '-v', '/two', 'busybox');
    const script = 'touch /one/f; echo $?; touch /two/f; echo $?; ls -d /host';
    const seen = await docker(
      'run',
      '--rm',
      '--volumes-from',
      'one',
      '--volumes-from',
      'two:ro',
      'busybox',
      'sh',
      '-c',
      script,
    );
    assert.equal(seen.stdout, '0\n1\n/host\n');
    assert.equal((await names()).length, 2, 'the volumes of others stay');
    const missing = await docker('create', '--volumes-from', 'nosuch', 'busybox');
    assert.match(missing.stderr, /No such container: nosuch/);
    await ok('rm', '-v', 'one', 'two');
    await ok('volume', 'rm', 'from-one');
  });

  it('mounts by --mount, read-only too, and copies in and out of volumes at rest and running', async () => {
    const mount = 'type=volume,src=mnt,dst=/d';
    const id = await ok(
      'run',
      '-d',
      '--mount',
      mount,
      'busybox',
      'sh',
      '-c',
      'echo in > /d/f; exec sleep 1000',
    );
    const readonly = await docker('run', '--rm', '--mount', `${mount},readonly`, 'busybox', 'touch', '/d/x');
    assert.match(readonly.stderr, /Read-only file system/);
    assert.match(await ok('cp', `${id}:/d/f`, '-'), /in\n/);
    await ok('rm', '-f', id);
    await ok('create', '--name', 'rest', '--mount', mount, 'busybox');
    assert.match(await ok('cp', 'rest:/d/f', '-'), /in\n/);
    await ok('rm', 'rest');
    await ok('volume', 'rm', 'mnt');
  });

  it('is mounted over a file only by a start, which fails; without a name it is refused', async () => {
    await ok('create', '--name', 'over', '-v', 'over:/etc/passwd', 'busybox', 'true');
    assert.match(
      (await docker('start', 'over')).stderr,
      /not a directory: .*Are you trying to mount a directory onto a file/,
    );
    await ok('rm', 'over');
    await ok('volume', 'rm', 'over');
    const refused = await docker('create', '-v', '/etc/passwd', 'busybox');
    assert.match(refused.stderr, /cannot mount volume over existing file, file exists \/etc\/passwd/);
  });

  it('has the same name for one container twice', async () => {
    const shared = await ok(
      'run',
      '--rm',
      '-v',
      'two:/a',
      '-v',
      'two:/b:ro',
      'busybox',
      'sh',
      '-c',
      'echo x > /a/f; cat /b/f',
    );
    assert.equal(shared, 'x');
    await ok('volume', 'rm', 'two');
  });
});

describe('volumes of driver local with a device', () => {
  const create = (name: string, ...opts: string[]) =>
    ok('volume', 'create', ...opts.flatMap((opt) => ['--opt', opt]), name);
  const mounted = async (): Promise<string[]> => mountsAt(`${it1.stack.dir}/state/volumes`);

  it('shares a tmpfs among containers for as long as one of them runs', async () => {
    await create('ram', 'type=tmpfs', 'device=tmpfs', 'o=size=1m,uid=7');
    const [{ Options }] = JSON.parse(await ok('volume', 'inspect', 'ram'));
    assert.deepEqual(Options, { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=7' });
    const one = await ok(
      'run',
      '-d',
      '-v',
      'ram:/d',
      'busybox',
      'sh',
      '-c',
      'echo x > /d/f; exec sleep 1000',
    );
    assert.equal(
      await ok('run', '--rm', '-v', 'ram:/d', 'busybox', 'sh', '-c', 'cat /d/f; stat -c %u /d'),
      'x\n7',
    );
    assert.equal((await mounted()).length, 1);
    await ok('rm', '-f', one);
    await waitUntil('it is unmounted', async () => (await mounted()).length === 0);
    assert.equal(await ok('run', '--rm', '-v', 'ram:/d', 'busybox', 'ls', '/d'), '');
    await ok('volume', 'rm', 'ram');
  });

  it('binds a directory of the node, and never deletes what is in it', async () => {
    const dir = await mkdtemp('/tmp/sdct-bound-');
    await writeFile(join(dir, 'theirs'), 'precious');
    await create('bound', 'type=none', 'o=bind', `device=${dir}`);
    assert.equal(await ok('run', '--rm', '-v', 'bound:/d', 'busybox', 'cat', '/d/theirs'), 'precious');
    await ok('create', '--name', 'rest', '-v', 'bound:/d', 'busybox');
    assert.match(await ok('cp', 'rest:/d/theirs', '-'), /precious/);
    await ok('rm', '-v', 'rest');
    await ok('volume', 'rm', 'bound');
    assert.equal(await readFile(join(dir, 'theirs'), 'utf8'), 'precious');
    await rm(dir, { recursive: true });
  });

  it('tells why a mount fails, and leaves nothing', async () => {
    await create('bad', 'type=none', 'o=bind', 'device=/nosuch');
    const failed = await docker('create', '--name', 'bad', '-v', 'bad:/etc', 'busybox');
    assert.match(
      failed.stderr,
      /failed to mount local volume: mount \/nosuch:\S+\/_data, flags: 0x1000: no such file or directory/,
    );
    assert.equal((await docker('inspect', 'bad', '--type', 'container')).code, 1);
    await ok('volume', 'rm', 'bad');
    const nfs = await docker(
      'volume',
      'create',
      '--opt',
      'type=nfs',
      '--opt',
      'o=addr=127.0.0.1,rw',
      '--opt',
      'device=:/x',
      'nfs',
    );
    assert.equal(nfs.code, 0, nfs.stderr);
    const unmountable = await docker('run', '--rm', '-v', 'nfs:/d', 'busybox', 'true');
    assert.match(
      unmountable.stderr,
      /mount :\/x:\S+, data: addr=127.0.0.1: (no such device|connection refused)/,
    );
    await ok('volume', 'rm', 'nfs');
    assert.deepEqual(await names(), []);
    assert.deepEqual(await mounted(), []);
  });

  it('refuses options that say nothing', async () => {
    const said = async (...opts: string[]) =>
      (await docker('volume', 'create', ...opts.flatMap((opt) => ['--opt', opt]), 'vv')).stderr;
    assert.match(await said('nosuch=1'), /create vv: invalid option: "nosuch"/);
    assert.match(await said('type=tmpfs'), /create vv: missing required option: "device"/);
    assert.match(await said('size=1G'), /create vv: quota size requested but no quota support/);
    assert.match(await said('device=/x'), /create vv: missing required option: "type"/);
  });
});

describe('parts of volumes', () => {
  it('mounts a subpath, which no link leads out of', async () => {
    const script = 'mkdir -p /d/a/b; echo deep > /d/a/b/f; ln -s /etc /d/out; ln -s a /d/in';
    await ok('run', '--rm', '-v', 'parts:/d', 'busybox', 'sh', '-c', script);
    const part = (path: string, ...more: string[]) =>
      docker(
        'run',
        '--rm',
        '--mount',
        `type=volume,src=parts,dst=/p,volume-subpath=${path}`,
        'busybox',
        ...more,
      );
    assert.equal((await part('a/b', 'cat', '/p/f')).stdout, 'deep\n');
    assert.equal((await part('in/b', 'cat', '/p/f')).stdout, 'deep\n');
    assert.equal((await part('a/b/f', 'cat', '/p')).stdout, 'deep\n');
    assert.match(
      (await part('out', 'ls', '/p')).stderr,
      /path concatenation escapes the base directory, base: volume parts, subpath: out/,
    );
    assert.match((await part('nosuch', 'true')).stderr, /cannot access path nosuch of volume parts/);
    assert.match((await part('../x', 'true')).stderr, /subpath must be a relative path within the volume/);
    const mount = 'type=volume,src=parts,dst=/p,volume-subpath=a';
    await ok('create', '--name', 'rest', '--mount', mount, 'busybox');
    assert.match(await ok('cp', 'rest:/p/b/f', '-'), /deep/);
    await ok('rm', 'rest');
    await waitUntil(
      'nothing is mounted',
      async () => (await mountsAt(`${it1.stack.dir}/state/volumes`)).length === 0,
    );
    await ok('volume', 'rm', 'parts');
  });
});

describe('parts of volumes of which an image has something', () => {
  const part = (path: string, dst: string, ...more: string[]) =>
    docker(
      'run',
      '--rm',
      '--mount',
      `type=volume,src=fill,dst=${dst},volume-subpath=${path}`,
      'busybox',
      ...more,
    );
  const listed = async (path: string) =>
    (await ok('run', '--rm', '-v', 'fill:/v', 'busybox', 'ls', path)).split('\n');

  it('fills a part that is there and empty, and nothing beside it', async () => {
    const script = 'mkdir /v/a /v/b; touch /v/b/mine /v/f; ln -s /etc /v/out; ln -s a /v/in';
    await ok('run', '--rm', '-v', 'fill:/v', 'busybox', 'sh', '-c', script);
    assert.match((await part('in', '/etc', 'ls', '/etc')).stdout, /passwd/);
    assert.ok((await listed('/v/a')).includes('passwd'));
    assert.equal((await part('b', '/etc', 'true')).code, 0);
    assert.deepEqual(await listed('/v/b'), ['hostname', 'hosts', 'mine', 'resolv.conf']);
    assert.equal((await part('f', '/etc/passwd', 'cat', '/etc/passwd')).stdout, '');
    assert.deepEqual(await listed('/v'), ['a', 'b', 'f', 'in', 'out']);
    const refused = await part('out', '/etc', 'true');
    assert.match(
      refused.stderr,
      /failed to populate volume: path concatenation escapes the base directory, base: volume fill, subpath: out/,
    );
    assert.match((await part('nosuch', '/etc', 'true')).stderr, /cannot access path nosuch of volume fill/);
    await ok('volume', 'rm', 'fill');
  });
});

describe('binds', () => {
  it('refuses a source of --mount that is not there, and makes one of -v', async () => {
    const dir = await mkdtemp('/tmp/sdct-bound-');
    const refused = await docker(
      'create',
      '--name',
      'b1',
      '--mount',
      `type=bind,src=${dir}/x,dst=/d`,
      'busybox',
    );
    assert.match(
      refused.stderr,
      /invalid mount config for type "bind": bind source path does not exist: \S+\/x/,
    );
    assert.equal((await docker('inspect', '--type', 'container', 'b1')).code, 1);
    await ok('run', '--rm', '-v', `${dir}/y:/d`, 'busybox', 'touch', '/d/f');
    assert.equal(await readFile(join(dir, 'y/f'), 'utf8'), '');
    await rm(dir, { recursive: true });
  });

  it('makes the mounts below a read-only one read-only too, but not for clients of an old API', async () => {
    const dir = await mkdtemp('/tmp/sdct-bound-');
    await mkdir(join(dir, 'below'));
    assert.equal((await run('mount', ['-t', 'tmpfs', 'tmpfs', join(dir, 'below')])).code, 0);
    try {
      const write = async (version: string, ...how: string[]) => {
        const args = ['run', '--rm', ...how, 'busybox', 'touch', '/d/below/f'];
        return (await it1.stack.docker(args, { env: { DOCKER_API_VERSION: version } })).stderr;
      };
      const mount = `type=bind,src=${dir},dst=/d,readonly`;
      assert.match(await write('1.44', '-v', `${dir}:/d:ro`), /Read-only file system/);
      assert.match(await write('1.44', '--mount', mount), /Read-only file system/);
      assert.equal(await write('1.43', '-v', `${dir}:/d:ro`), '');
      assert.equal(await write('1.41', '--mount', mount), '');
    } finally {
      await run('umount', [join(dir, 'below')]);
      await rm(dir, { recursive: true });
    }
  });

  it('shares mounts with the node where the source is a shared mount, and else refuses to start', async () => {
    const dir = await mkdtemp('/tmp/sdct-bound-');
    const mount = async (...args: string[]) => assert.equal((await run('mount', args)).code, 0);
    const said = async (mode: string) => {
      const { code, stderr } = await docker('run', '--rm', '-v', `${dir}:/d:${mode}`, 'busybox', 'true');
      return `${code} ${stderr.split('\n')[0]}`;
    };
    await mount('-t', 'tmpfs', '--make-private', 'tmpfs', dir);
    try {
      const refusal = `125 docker: Error response from daemon: path ${dir} is mounted on ${dir} but it is not a shared`;
      assert.equal(await said('rshared'), `${refusal} mount`);
      assert.equal(await said('slave'), `${refusal} or slave mount`);
      assert.equal(await said('rprivate'), '0 ');
      await ok('create', '--name', 'sharing', '-v', `${dir}:/d:rshared`, 'busybox');
      assert.equal((await docker('start', 'sharing')).code, 1);
      assert.equal((await inspect('sharing')).State.ExitCode, 128);
      await ok('rm', 'sharing');
      await mount('--make-shared', dir);
      const id = await ok('run', '-d', '-v', `${dir}:/d:rslave`, 'busybox', 'sleep', '1000');
      await mkdir(join(dir, 'late'));
      await mount('-t', 'tmpfs', 'tmpfs', join(dir, 'late'));
      await writeFile(join(dir, 'late/f'), 'seen');
      assert.equal(await ok('exec', id, 'cat', '/d/late/f'), 'seen');
      await ok('rm', '-f', id);
    } finally {
      await run('umount', ['-R', dir]);
      await rm(dir, { recursive: true });
    }
  });

  it('follows the node where a bind holds what the node keeps for itself', async () => {
    await ok(
      'create',
      '--name',
      'whole',
      '-v',
      '/:/host',
      '--mount',
      'type=bind,src=/,dst=/again',
      'busybox',
      'true',
    );
    const ways = (mounts: { Propagation: string }[]) => mounts.map(({ Propagation }) => Propagation);
    assert.deepEqual(ways((await inspect('whole')).Mounts), ['rslave', 'rslave']);
    await ok('start', '-a', 'whole');
    await ok('create', '--name', 'heir', '--volumes-from', 'whole', 'busybox', 'true');
    assert.deepEqual(ways((await inspect('heir')).Mounts), ['rslave', 'rslave']);
    await ok('start', '-a', 'heir');
    await ok('rm', 'whole', 'heir');
    const { stderr } = await docker('create', '-v', '/:/host:rprivate', 'busybox');
    const refusal =
      /invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: "\S+", bind mount source: "\/", propagation: "rprivate"/;
    assert.match(stderr, refusal);
  });
});
