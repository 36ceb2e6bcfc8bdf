// docker build with the classic builder, by the real CLI: stages, cache, arguments, triggers, failures, and what must not stay.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { type CliResult, run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const it = suite('build');
const ok = (...args: string[]): Promise<string> => it.stack.ok(args);
const env = { DOCKER_BUILDKIT: '0' };
const contexts: string[] = [];
after(async () => {
  for (const context of contexts) await rm(context, { recursive: true, force: true });
});

async function contextOf(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp('/tmp/sdct-context-');
  contexts.push(dir);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

async function build(files: Record<string, string>, ...args: string[]): Promise<CliResult> {
  const dir = await contextOf(files);
  return it.stack.docker(['build', ...args, dir], { env });
}

async function built(files: Record<string, string>, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await build(files, ...args);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

const STAGES = {
  Dockerfile: [
    'ARG BASE=busybox',
    'FROM $BASE AS first',
    'ARG WHO=nobody',
    'ENV GREETING="hello $WHO"',
    'WORKDIR /work/deep',
    'COPY in.txt sub/ ./',
    'RUN echo "$GREETING" >greeting && cat in.txt a b >>greeting',
    'RUN ["sh", "-c", "ln -s greeting link"]',
    'FROM busybox',
    'LABEL x=y "two words"="a b"',
    'COPY --from=first --chown=12:34 /work/deep/link /out/',
    'COPY --from=0 /work/deep /all',
    'EXPOSE 80',
    'VOLUME /data',
    'COPY in.txt /data/kept',
    'USER 7',
    'ENTRYPOINT ["cat"]',
    'CMD ["/out/link"]',
  ].join('\n'),
  'in.txt': 'from the context\n',
  'sub/a': 'a\n',
  'sub/b': 'b\n',
};

test('two stages, arguments, copies; the second time everything is in the cache', async () => {
  const first = await built(STAGES, '-t', 'stages', '--build-arg', 'WHO=world');
  assert.match(
    first,
    /Step 1\/18 : ARG BASE=busybox\nStep 2\/18 : FROM \$BASE AS first\n ---> [0-9a-f]{12}\n/,
  );
  assert.match(first, / ---> Running in [0-9a-f]{12}\nRemoving intermediate container [0-9a-f]{12}\n ---> /);
  assert.match(first, /Successfully built [0-9a-f]{12}\nSuccessfully tagged stages:latest\n$/);
  assert.equal(await ok('run', '--rm', 'stages'), 'hello world\nfrom the context\na\nb');
  const look = 'stat -c "%u:%g %n" /out/link; ls -1 /all; cat /data/kept';
  const seen = await ok('run', '--rm', '--entrypoint', 'sh', 'stages', '-c', look);
  assert.deepEqual(seen.split('\n'), [
    '12:34 /out/link',
    'a',
    'b',
    'greeting',
    'in.txt',
    'link',
    'from the context',
  ]);
  const [image] = JSON.parse(await ok('inspect', 'stages'));
  assert.deepEqual(image.Config.Labels, { x: 'y', 'two words': 'a b' });
  assert.deepEqual(
    [image.Config.User, image.Config.Cmd, image.Config.Entrypoint],
    ['7', ['/out/link'], ['cat']],
  );
  const again = await built(STAGES, '-t', 'stages:2', '--build-arg', 'WHO=world');
  assert.equal(again.match(/Using cache/g)?.length, 15);
  assert.ok(!again.includes('Running in'));
  assert.equal(await ok('inspect', '-f', '{{.Id}}', 'stages:2'), image.Id);
  const other = await built(STAGES, '-q', '--build-arg', 'WHO=you');
  assert.equal(await ok('run', '--rm', other.trim()), 'hello you\nfrom the context\na\nb');
  const history = await ok('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'stages');
  assert.match(history, /^\/bin\/sh -c #\(nop\) {2}CMD \["\/out\/link"\]\n/);
  assert.deepEqual(await ok('ps', '-aq'), '');
});

test('a change of the context is seen; --no-cache, --target, --label, -f and .dockerignore', async () => {
  const files = {
    'other.file':
      'FROM busybox AS a\nCOPY . /all/\nRUN find /all -type f | sort >/list\nFROM a AS b\nRUN false\n',
    '.dockerignore': '*.md\n!keep.md\nother.file\nsub\n.dockerignore\n',
    'x.md': 'x',
    'keep.md': 'k',
    'sub/x': 'x',
    plain: '1',
  };
  const args = ['-f', 'other.file', '--target', 'a', '--label', 'l=$v "q"', '-t', 'target'];
  const dir = await contextOf(files);
  const withFile = (...more: string[]) =>
    it.stack.ok(['build', ...args.with(1, join(dir, 'other.file')), ...more, dir], { env });
  assert.match(await withFile(), /Step 4\/4 : LABEL l=\$v "q"/);
  assert.equal(await ok('run', '--rm', 'target', 'cat', '/list'), '/all/keep.md\n/all/plain');
  assert.equal(await ok('inspect', '-f', '{{.Config.Labels.l}}', 'target'), '$v "q"');
  assert.match(await withFile(), /Using cache/);
  assert.doesNotMatch(await withFile('--no-cache'), /Using cache/);
  await writeFile(join(dir, 'plain'), '2');
  assert.doesNotMatch(await withFile(), /Using cache/);
});

test('ADD unpacks archives, wildcards and links are found, ONBUILD and SHELL do', async () => {
  const dir = await contextOf({
    Dockerfile: [
      'FROM busybox',
      'RUN mkdir /real && ln -s /real /linked && mkdir /tmp/t && echo t >/tmp/t/file && tar czf /made.tgz -C /tmp t',
      'ONBUILD COPY *.txt /trigger/',
      'ONBUILD RUN ls /trigger >/ran',
    ].join('\n'),
  });
  await it.stack.ok(['build', '-t', 'base', dir], { env });
  const child = await contextOf({ 'a.txt': 'a', 'b.txt': 'b', 'c.no': 'c', 'dir/file': 'f' });
  await symlink('dir/file', join(child, 'pointer'));
  const id = await ok('create', 'base');
  await ok('cp', `${id}:/made.tgz`, join(child, 'made.tgz'));
  await ok('rm', id);
  await writeFile(
    join(child, 'Dockerfile'),
    [
      'FROM base',
      'SHELL ["/bin/sh", "-xc"]',
      'ADD made.tgz /linked/unpacked/',
      'COPY made.tgz /packed',
      'COPY pointer /linked/name',
      'RUN echo shell',
    ].join('\n'),
  );
  const { stdout, stderr } = await it.stack.docker(['build', '-t', 'child', child], { env });
  assert.match(stdout, /# Executing 2 build triggers/);
  // The shell writes it in pieces, between which other output may come.
  assert.match(stdout + stderr, /\+ [\s\S]*echo shell/);
  const look = 'cat /ran; cat /real/unpacked/t/file; cat /real/name; test -L /linked && echo; ls /packed';
  assert.equal(await ok('run', '--rm', 'child', 'sh', '-c', look), 'a.txt\nb.txt\nt\nf\n/packed');
});

test('FROM scratch', async () => {
  const files = { Dockerfile: 'FROM scratch\nCOPY file /deep/file\nCMD ["/x"]\n', file: 'alone' };
  assert.match(await built(files, '-t', 'alone'), /Step 1\/3 : FROM scratch\n ---> \n/);
  const id = await ok('create', 'alone');
  await ok('cp', `${id}:/deep/file`, '/tmp/sdct-context-file');
  await rm('/tmp/sdct-context-file');
  await ok('rm', id);
  await ok('rmi', 'alone');
});

test('failures: the texts and codes of dockerd', async () => {
  const failed = await build({ Dockerfile: 'FROM busybox\nRUN exit 3\n' }, '--force-rm');
  assert.equal(failed.code, 3);
  assert.match(failed.stderr, /The command '\/bin\/sh -c exit 3' returned a non-zero code: 3/);
  for (const [dockerfile, message] of [
    [
      'FROM busybox\nCOPY nosuch /\n',
      /COPY failed: file not found in build context or excluded by .dockerignore: stat nosuch/,
    ],
    ['FROM busybox\nRUN --mount=type=cache,target=/x true\n', /the --mount option requires BuildKit/],
    ['FROM busybox\nCOPY --chmod=700 x /\n', /the --chmod option requires BuildKit/],
    ['FROM busybox\nNO x\n', /dockerfile parse error on line 2: unknown instruction: NO/],
    ['FROM nosuch:1\n', /(pull access denied|repository|manifest|not found)/],
    [`FROM busybox\nENV A=\${B:?needed}\n`, /B: needed/],
  ] as const) {
    const { code, stderr } = await build({ Dockerfile: dockerfile });
    assert.notEqual(code, 0);
    assert.match(stderr, message);
  }
  assert.equal(await ok('ps', '-aq'), '');
});

test('a client that leaves stops the step and leaves nothing; a killed daemon sweeps up at its next start', async () => {
  const dir = await contextOf({ Dockerfile: 'FROM busybox\nRUN echo begun; sleep 600\n' });
  const running = () => ok('ps', '-q');
  const builds = () => readdir(join(it.stack.dir, 'state/daemon/builds')).catch(() => [] as string[]);
  const client = it.stack.spawn(['build', '--no-cache', dir]);
  await waitUntil('the step runs', async () => (await running()) !== '');
  client.kill('SIGINT');
  await waitUntil('it is gone', async () => (await ok('ps', '-aq')) === '');
  await waitUntil('its folder is gone', async () => (await builds()).length === 0);
  const second = it.stack.spawn(['build', '--no-cache', dir]);
  await waitUntil('the step runs', async () => (await running()) !== '');
  await it.stack.kill9('daemon');
  await it.stack.start('daemon');
  await waitUntil('it is gone', async () => (await ok('ps', '-aq')) === '');
  await waitUntil('its folder is gone', async () => (await builds()).length === 0);
  second.kill();
});

test('what only root could read, modes, names of owners, a URL; by docker 20.10 where it is', async () => {
  const dir = await contextOf({
    Dockerfile: [
      'FROM busybox',
      'RUN echo "me:x:77:78::/:/bin/sh" >>/etc/passwd; echo "us:x:79:" >>/etc/group; ln -s /etc /e',
      'COPY . /all/',
      'COPY --chown=me:us set /set',
      'COPY set /e/',
      'ADD URL /fetched/',
      'RUN cd / && stat -c "%n %a %u:%g" all/hidden all/hidden/x all/set set etc/set fetched/page; cat all/hidden/x fetched/page',
    ].join('\n'),
    'hidden/x': 'secret\n',
    set: 's\n',
  });
  const server = createServer((_req, res) => void res.end('a page\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const text = (await readFile(join(dir, 'Dockerfile'), 'utf8')).replace(
    'URL',
    `http://127.0.0.1:${port}/page?x`,
  );
  await writeFile(join(dir, 'Dockerfile'), text);
  await chmod(join(dir, 'set'), 0o4711);
  await chmod(join(dir, 'hidden/x'), 0o0);
  await chmod(join(dir, 'hidden'), 0o111);
  const old = await run('/usr/bin/docker', ['build', '--no-cache', dir], {
    env: { ...env, DOCKER_HOST: it.stack.host },
  });
  server.close();
  assert.equal(old.code, 0, old.stdout + old.stderr);
  const told = /all\/hidden 111[\s\S]*a page\n/.exec(old.stdout)?.[0] ?? old.stdout;
  assert.deepEqual(told.trim().split('\n'), [
    'all/hidden 111 0:0',
    'all/hidden/x 0 0:0',
    'all/set 4711 0:0',
    'set 4711 77:79',
    'etc/set 4711 0:0',
    'fetched/page 600 0:0',
    'secret',
    'a page',
  ]);
});

test('four builds at once, and CoaL killed under them: whole images or none, and nothing else stays', async () => {
  const make = (n: number) =>
    build(
      { Dockerfile: `FROM busybox\nRUN echo ${n} >/n\nCOPY f /f\nRUN cat /n /f >/both\n`, f: `f${n}` },
      '-t',
      `n${n}`,
    );
  const all = await Promise.all([1, 2, 3, 4].map(make));
  assert.deepEqual(
    all.map(({ code }) => code),
    [0, 0, 0, 0],
    JSON.stringify(all),
  );
  for (const n of [1, 2, 3, 4]) assert.equal(await ok('run', '--rm', `n${n}`, 'cat', '/both'), `${n}\nf${n}`);
  const under = Promise.all([5, 6].map(make));
  await waitUntil('a step runs', async () => (await ok('ps', '-aq')) !== '');
  await it.stack.kill9('coal');
  await it.stack.start('coal');
  for (const [at, { code }] of (await under).entries()) {
    const made = await it.stack.docker(['run', '--rm', `n${at + 5}`, 'cat', '/both']);
    assert.equal(made.code === 0, code === 0);
  }
  await waitUntil('no container is left', async () => (await ok('ps', '-aq')) === '');
  const images = (await ok('images', '-q', '--filter', 'reference=n[1-6]')).split('\n').filter(Boolean);
  await ok('rmi', ...images);
  await ok('image', 'prune', '-f');
});
