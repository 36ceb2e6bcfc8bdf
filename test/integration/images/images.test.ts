// pull, images, inspect, history, tag and rmi against a real registry server.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pushBusybox } from '#test/harness/registry.ts';
import { get, run } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

describe('images', () => {
  const s = suite('images', { pull: false });
  const docker = (...args: string[]) => s.stack.docker(args);
  const ok = (...args: string[]) => s.stack.ok(args);

  it("runs an image it does not have: pulled from Docker Hub's stand-in", async () => {
    const r = await docker('run', '--rm', 'busybox', 'echo', 'hi');
    assert.equal(r.stdout, 'hi\n');
    assert.match(
      r.stderr,
      /Unable to find image 'busybox:latest' locally[\s\S]*Pull complete[\s\S]*Digest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for busybox:latest/,
    );
  });

  it('says that an image is up to date', async () => {
    assert.match(
      await ok('pull', 'busybox'),
      /Status: Image is up to date for busybox:latest\ndocker.io\/library\/busybox:latest/,
    );
  });

  it('pulls by host and port, several layers, with progress', async () => {
    const host = s.registry.url.replace('http://', '');
    await pushBusybox(s.registry, 'team/app', 'v1', { layers: 3 });
    const text = await ok('pull', `${host}/team/app:v1`);
    // busybox's own layer is there from the first test, as it would be in dockerd.
    assert.equal(text.match(/Already exists/g)?.length, 1);
    assert.equal(text.match(/Pull complete/g)?.length, 2);
    assert.equal(await ok('run', '--rm', `${host}/team/app:v1`, 'echo', 'layered'), 'layered');
    assert.match(
      await ok('image', 'inspect', '-f', '{{index .RepoDigests 0}}', `${host}/team/app:v1`),
      new RegExp(`^${host}/team/app@sha256:[0-9a-f]{64}$`),
    );
    const sizes = async (version: string) => {
      const url = `http://docker/v${version}/images/json?shared-size=1`;
      const { stdout } = await run('curl', ['-sS', '--unix-socket', s.stack.socketPath, url]);
      const list = JSON.parse(stdout) as { RepoTags: string[]; Size: number; SharedSize: number }[];
      return list.sort((a, b) => a.Size - b.Size).map(({ Size, SharedSize }) => [Size, SharedSize]);
    };
    const [[busybox, shared] = [], [app, alsoShared] = []] = await sizes('1.42');
    assert.ok(busybox! < app!);
    assert.deepEqual([shared, alsoShared], [busybox, busybox], 'all of the one is in the other');
    assert.deepEqual(
      (await sizes('1.41')).map(([, each]) => each),
      [-1, -1],
    );
    await ok('rmi', `${host}/team/app:v1`);
  });

  it('pulls by digest', async () => {
    const digest = await ok('image', 'inspect', '-f', '{{index .RepoDigests 0}}', 'busybox');
    assert.match(await ok('pull', digest), /Status: Image is up to date/);
  });

  const refusals: [string, RegExp][] = [
    ['busybox:nosuchtag', /manifest for busybox:nosuchtag not found: manifest unknown|not found/],
    ['nosuchimage', /pull access denied for nosuchimage|not found/],
    ['127.0.0.1:1/x', /connection refused/],
    ['UPPER', /repository name \(?.*must be lowercase|invalid reference format/],
  ];
  for (const [ref, text] of refusals) {
    it(`refuses to pull ${ref}`, async () => {
      const r = await docker('pull', ref);
      assert.equal(r.code, 1);
      assert.match(r.stderr, text);
    });
  }

  it('tags, lists, filters, inspects', async () => {
    await ok('tag', 'busybox', 'mine:1');
    const id = await ok('image', 'inspect', '-f', '{{.Id}}', 'mine:1');
    assert.equal(await ok('images', '-q', '--no-trunc', 'mine'), id);
    assert.equal(
      await ok('images', '--format', '{{.Repository}}:{{.Tag}}', '--filter', 'reference=mi*'),
      'mine:1',
    );
    assert.equal(await ok('inspect', '-f', '{{.Os}} {{.Config.Cmd}}', id.slice(7, 19)), 'linux [sh]');
    assert.match(await ok('history', 'mine:1'), /IMAGE\s+CREATED/);
  });

  it('rmi untags, deletes, and refuses what a container uses', async () => {
    assert.equal(await ok('rmi', 'mine:1'), 'Untagged: mine:1');
    const used = await ok('create', 'busybox');
    const r = await docker('rmi', 'busybox');
    assert.equal(r.code, 1);
    assert.match(
      r.stderr,
      /conflict: unable to remove repository reference "busybox" \(must force\) - container [0-9a-f]{12} is using its referenced image/,
    );
    await ok('rm', used);
    assert.match(await ok('rmi', 'busybox'), /Untagged: busybox:latest[\s\S]*Deleted: sha256:/);
    assert.match(
      (await docker('image', 'inspect', 'busybox')).stderr,
      /No such image: busybox:latest|No such image: busybox/,
    );
    assert.equal(await ok('images', '-q'), '');
  });

  it('prunes what no container uses, and says what it did', async () => {
    await ok('pull', '-q', 'busybox');
    const id = await ok('image', 'inspect', '-f', '{{.Id}}', 'busybox');
    const using = await ok('create', 'busybox');
    assert.match(await ok('image', 'prune', '-af'), /^Total reclaimed space: 0B$/);
    await ok('rm', using);
    await ok('tag', 'busybox', 'mine:1');
    assert.match(await ok('rmi', 'busybox'), /^Untagged: busybox:latest\nUntagged: busybox@sha256:\w{64}$/);
    assert.match(await ok('image', 'prune', '-f'), /^Total reclaimed space: 0B$/);
    const text = await ok('image', 'prune', '-af');
    assert.match(text, new RegExp(`untagged: mine:1\ndeleted: ${id}\ndeleted: sha256:`));
    assert.match(text, /Total reclaimed space: [1-9].*MB/);
    const events = await ok(
      ...['events', '--since', '1m', '--until', String(Date.now() / 1000), '--filter', 'type=image'],
      ...['--format', '{{.Action}} {{.Actor.Attributes.name}}'],
    );
    assert.match(
      events,
      new RegExp(`pull busybox\ntag mine:1\nuntag ${id}\n(prune.*\n)?untag ${id}\ndelete ${id}`),
    );
  });

  it('says what is in the way of a removal by id', async () => {
    await ok('pull', '-q', 'busybox');
    await ok('tag', 'busybox', 'mine:1');
    const id = await ok('image', 'inspect', '-f', '{{.Id}}', 'busybox');
    const short = id.slice(7, 19);
    const refusal = async (...args: string[]) => (await docker('rmi', ...args)).stderr;
    assert.match(
      await refusal(id),
      new RegExp(
        `conflict: unable to delete ${short} \\(must be forced\\) - image is referenced in multiple repositories`,
      ),
    );
    const running = await ok('run', '-d', 'busybox', 'sleep', '1000');
    assert.match(
      await refusal('-f', id),
      new RegExp(
        `unable to delete ${short} \\(cannot be forced\\) - image is being used by running container`,
      ),
    );
    await ok('rm', '-f', running);
    assert.match(await ok('rmi', '-f', short), /Untagged: mine:1[\s\S]*Deleted: sha256:/);
  });

  it('a pull that is interrupted leaves nothing that is in the way', async () => {
    const r = await run('timeout', ['-s', 'INT', '0.15', 'docker', 'pull', 'busybox'], {
      env: { DOCKER_HOST: s.stack.host },
    });
    assert.notEqual(r.code, 125);
    assert.equal(await get(s.stack.socketPath, '/_ping'), 200);
    await ok('pull', '-q', 'busybox');
    assert.equal(await ok('run', '--rm', 'busybox', 'echo', 'fine'), 'fine');
  });
});
