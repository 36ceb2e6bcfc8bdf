// docker commit: what a container wrote becomes an image, which lives like any other.
import assert from 'node:assert/strict';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { driver } from '#test/contract/driver.ts';
import { askCoal } from '#test/harness/ask-coal.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const it = suite('commit');
const ok = (...args: string[]): Promise<string> => it.stack.ok(args);

test('files, links, modes and what is gone are in the layer; the stubs of a container are not', async () => {
  const work = [
    'mkdir -p /made/deep && echo hello >/made/deep/file && chown 12:34 /made/deep/file && chmod 4751 /made/deep/file',
    'ln /made/deep/file /made/hard && ln -s deep/file /made/soft && mkfifo /made/pipe',
    'rm /bin/ls && rm -rf /usr && mkdir /usr && echo new >/usr/new',
    `i=0; while [ $i -lt 12 ]; do mkdir /made/a-rather-long-name-of-a-directory-$i; cd /made; i=$((i+1)); done`,
    'echo words >"/made/with space"; touch -d "2001-02-03 04:05:06" /made/old; chmod 700 /home',
  ].join('; ');
  await ok('run', '--name', 'maker', '-v', '/data', 'busybox', 'sh', '-c', `${work}; echo volume >/data/x`);
  const id = await ok('commit', '-m', 'a comment', '-a', 'somebody', 'maker', 'made:1');
  assert.match(id, /^sha256:[0-9a-f]{64}$/);
  const look = [
    'cat /made/deep/file /made/soft /made/hard; stat -c "%a %u %g %h" /made/deep/file; stat -c %Y /made/old',
    'test -p /made/pipe && echo pipe; test -e /bin/ls || echo gone; echo /usr/*; cat "/made/with space"',
    'stat -c %a /home; ls -A /data',
  ].join('; ');
  const seen = await ok('run', '--rm', 'made:1', 'sh', '-c', look.replace('ls -A /data', 'echo /data/*'));
  assert.deepEqual(seen.split('\n'), [
    'hello',
    'hello',
    'hello',
    '4751 12 34 2',
    '981173106',
    'pipe',
    'gone',
    '/usr/new',
    'words',
    '700',
    '/data/*',
  ]);
  const tar = await ok(
    'inspect',
    '-f',
    '{{.Author}} {{.Comment}} {{len .RootFS.Layers}} {{.Parent}}',
    'made:1',
  );
  const parent = await ok('inspect', '-f', '{{.Id}}', 'busybox');
  assert.equal(tar, `somebody a comment 2 ${parent}`);
  const history = await ok('history', '--no-trunc', '--format', '{{.Comment}}|{{.CreatedBy}}', 'made:1');
  assert.match(history.split('\n')[0]!, /^a comment\|sh -c mkdir/);
  const changes = await ok('create', 'made:1');
  assert.equal(await ok('diff', changes), '');
  await ok('rm', changes);
});

test('a container that has written nothing makes no layer; changes and names are applied', async () => {
  await ok('create', '--name', 'idle', '-e', 'A=1', '-l', 'l=1', 'busybox', 'echo', 'old');
  const changes = [
    'CMD ["echo", "new words"]',
    'ENV B="2 3" C=$A',
    'EXPOSE 80 53/udp',
    'LABEL m=n',
    'USER 12',
    'WORKDIR /x',
    'VOLUME /v',
    'STOPSIGNAL SIGINT',
    'ONBUILD RUN true',
    'HEALTHCHECK --interval=5s CMD true',
  ];
  await ok('commit', ...changes.flatMap((change) => ['-c', change]), 'idle', 'idle-image');
  const image = JSON.parse(await ok('inspect', 'idle-image'))[0];
  assert.equal(image.RootFS.Layers.length, 1);
  assert.deepEqual(image.RepoTags, ['idle-image:latest']);
  const { Config: config } = image;
  assert.deepEqual(config.Cmd, ['echo', 'new words']);
  assert.deepEqual(config.ExposedPorts, { '53/udp': {}, '80/tcp': {} });
  assert.deepEqual(config.Labels, { l: '1', m: 'n' });
  assert.ok(config.Env.includes('A=1') && config.Env.includes('B=2 3') && config.Env.includes('C=1'));
  assert.deepEqual(
    [config.User, config.WorkingDir, config.Volumes, config.StopSignal, config.OnBuild],
    ['12', '/x', { '/v': {} }, 'SIGINT', ['RUN true']],
  );
  assert.deepEqual(config.Healthcheck, { Test: ['CMD-SHELL', 'true'], Interval: 5_000_000_000 });
  assert.equal(await ok('run', '--rm', '--user', '0', 'idle-image'), 'new words');
  const bad = await it.stack.docker(['commit', '-c', 'RUN true', 'idle']);
  assert.match(bad.stderr, /run is not a valid change command/);
  assert.notEqual(bad.code, 0);
});

test('a running container stands still meanwhile, and goes on; an image with children stays', async () => {
  await ok('run', '-d', '--name', 'runs', 'busybox', 'sh', '-c', 'echo 1 >/one; while :; do sleep 1; done');
  await waitUntil(
    'it wrote',
    async () => (await it.stack.docker(['exec', 'runs', 'cat', '/one'])).code === 0,
  );
  await ok('commit', 'runs', 'child:1');
  assert.equal(await ok('inspect', '-f', '{{.State.Status}}', 'runs'), 'running');
  assert.equal(await ok('exec', 'runs', 'echo', 'alive'), 'alive');
  await ok('run', '--name', 'grand', 'child:1', 'sh', '-c', 'cat /one; echo 2 >/two');
  await ok('commit', '--pause=false', 'grand', 'grandchild:1');
  assert.equal(await ok('run', '--rm', 'grandchild:1', 'cat', '/one', '/two'), '1\n2');
  await ok('rm', '-f', 'grand', 'runs');
  const child = await ok('inspect', '-f', '{{.Id}}', 'child:1');
  await ok('rmi', 'child:1');
  const refused = await it.stack.docker(['rmi', child]);
  assert.match(refused.stderr, /image has dependent child images/);
  const gone = await ok('rmi', 'grandchild:1');
  // The parent without a name goes with its last child.
  assert.match(gone, new RegExp(`Deleted: ${child}`));
  assert.equal((await it.stack.docker(['inspect', child])).code, 1);
});

test('every image that is made is told of, to clients that know the event (API 1.46)', async () => {
  const { api } = driver(it.stack.socketPath, '');
  // Nanoseconds: what another test made in this second does not count.
  const since = (Date.now() / 1000).toFixed(3);
  await ok('create', '--name', 'told', 'busybox');
  const committed = await ok('commit', 'told', 'told:1');
  await it.stack.ok(['build', '-t', 'told:2', '-'], {
    input: 'FROM told:1\nRUN echo x >/x\nENV A=1\n',
    env: { DOCKER_BUILDKIT: '0' },
  });
  const built = await ok('inspect', '-f', '{{.Id}}', 'told:2');
  const made = async (version: string): Promise<string[]> => {
    const filters = encodeURIComponent(JSON.stringify({ type: ['image'], event: ['create'] }));
    const window = `since=${since}&until=${Math.ceil(Date.now() / 1000)}`;
    const { body } = await api('GET', `/${version}/events?${window}&filters=${filters}`);
    // One line is one object, none is nothing.
    return ([body || []].flat() as { Actor: { ID: string } }[]).map((event) => event.Actor.ID);
  };
  const ids = await made('v1.46');
  assert.equal(ids.length, 3);
  assert.deepEqual([ids[0], ids[2]], [committed, built]);
  assert.deepEqual(await made('v1.45'), []);
  await ok('rm', 'told');
});

test('kill -9 of daemon and CoaL: an image is there as a whole or not at all', async () => {
  await ok(
    'run',
    '--name',
    'big',
    'busybox',
    'sh',
    '-c',
    'dd if=/dev/urandom of=/big bs=1M count=64 2>/dev/null',
  );
  const half = it.stack.docker(['commit', 'big', 'half:1']);
  await it.stack.kill9('coal');
  await it.stack.start('coal');
  await half;
  await ok('commit', 'big', 'whole:1');
  await it.stack.kill9('daemon');
  await it.stack.start('daemon');
  assert.equal(await ok('run', '--rm', 'whole:1', 'stat', '-c', '%s', '/big'), String(64 << 20));
});

test('an image of which the daemon died before its own record was written is gone after its next start', async () => {
  const container = await ok('run', '-d', 'busybox', 'sh', '-c', 'echo orphan >/orphan');
  await ok('wait', container);
  const vms = await askCoal<{ uuid: string; image_uuid: string }[]>(it.stack, 'vmapi', ['GET', '/vms']);
  const vm = vms.find(({ uuid }) => uuid.replaceAll('-', '') === container.slice(0, 32));
  assert.ok(vm);
  const layers = JSON.parse(await ok('inspect', '-f', '{{json .RootFS.Layers}}', 'busybox'));
  const config = {
    architecture: 'amd64',
    os: 'linux',
    created: new Date(Date.now() - 60_000).toISOString(),
    config: {},
    history: [{}],
    rootfs: { type: 'layers', diff_ids: layers },
  };
  const body = { origin: vm.image_uuid, vm_uuid: vm.uuid, config };
  const path = '/images?action=create-docker-image';
  const { image_uuid: made } = await askCoal<{ image_uuid: string }>(it.stack, 'imgapi', [
    'POST',
    path,
    body,
  ]);
  const isThere = async () =>
    (await askCoal<{ uuid: string }[]>(it.stack, 'imgapi', ['GET', '/images'])).some(
      ({ uuid }) => uuid === made,
    );
  assert.ok(await isThere());
  await it.stack.kill9('daemon');
  await it.stack.start('daemon');
  await waitUntil('it is gone', async () => !(await isThere()));
  assert.equal(await ok('run', '--rm', 'whole:1', 'echo', 'whole'), 'whole');
});

test('the build arguments of a step are in no record of its container', async () => {
  const dir = await mkdtemp('/tmp/sdct-context-');
  try {
    await writeFile(join(dir, 'Dockerfile'), 'FROM busybox\nRUN echo "got $http_proxy"\n');
    const args = ['build', '--no-cache', '--build-arg', 'http_proxy=http://me:s3cret@proxy', dir];
    const told = await it.stack.ok(args, { env: { DOCKER_BUILDKIT: '0' } });
    assert.match(told, /got http:\/\/me:s3cret@proxy/);
    const vms = await askCoal<unknown[]>(it.stack, 'vmapi', ['GET', '/vms?state=destroyed']);
    assert.ok(vms.length > 0);
    assert.ok(!JSON.stringify(vms).includes('s3cret'));
    const images = await ok('images', '-aq', '--no-trunc');
    const all = await ok('inspect', ...new Set(images.split('\n')));
    assert.ok(!all.includes('s3cret'));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('CoaL killed while a container stands still for a commit: it goes on when CoaL is back', async () => {
  const write =
    'dd if=/dev/urandom of=/big bs=1M count=150 2>/dev/null; touch /ready; while :; do date +%s.%N >/now; usleep 10000; done';
  const id = await ok('run', '-d', '--name', 'still', 'busybox', 'sh', '-c', write);
  const isReady = async () => (await it.stack.docker(['exec', 'still', 'test', '-e', '/ready'])).code === 0;
  await waitUntil('it has written', isReady);
  const [vm] = (
    await askCoal<{ uuid: string; zonepath: string }[]>(it.stack, 'vmapi', ['GET', '/vms'])
  ).filter(({ uuid }) => uuid.replaceAll('-', '') === id.slice(0, 32));
  const mark = join(vm!.zonepath, 'frozen');
  const isThere = () =>
    access(mark).then(
      () => true,
      () => false,
    );
  const half = it.stack.docker(['commit', 'still', 'still:1']);
  await waitUntil('it stands still', isThere);
  await it.stack.kill9('coal');
  await it.stack.start('coal');
  await half;
  await waitUntil('the mark is gone', async () => !(await isThere()));
  const now = () => ok('exec', 'still', 'cat', '/now');
  const before = await now();
  await waitUntil('it goes on', async () => (await now()) !== before);
  assert.equal(await ok('inspect', '-f', '{{.State.Status}}', 'still'), 'running');
  await ok('rm', '-f', 'still');
});
