// --link on the default network: names in /etc/hosts, variables, and what inspect and ps say of it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { suite } from '#test/harness/suite.ts';

describe('links', () => {
  const s = suite('links');
  const ok = (...args: string[]) => s.stack.ok(args);

  it('a linked container is known by alias, name and host name, with its ports and variables', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'db',
      '--expose',
      '5432',
      '--expose',
      '5433',
      '-e',
      'USER=me',
      'busybox',
      'sleep',
      '1000',
    );
    const ip = await ok('inspect', '-f', '{{.NetworkSettings.Networks.bridge.IPAddress}}', 'db');
    await ok('run', '-d', '--name', 'web', '--link', 'db:my-db', 'busybox', 'sleep', '1000');
    const short = (await ok('inspect', '-f', '{{.Id}}', 'db')).slice(0, 12);
    assert.match(
      await ok('exec', 'web', 'cat', '/etc/hosts'),
      new RegExp(`^${ip}\\tmy-db ${short} db$`, 'm'),
    );
    await ok('exec', 'web', 'ping', '-c', '1', '-W', '2', 'my-db');
    const env = (await ok('exec', 'web', 'env')).split('\n');
    for (const line of [
      `MY_DB_PORT=tcp://${ip}:5432`,
      `MY_DB_PORT_5433_TCP_ADDR=${ip}`,
      'MY_DB_PORT_5432_TCP_PORT_END=5433',
      'MY_DB_NAME=/web/my-db',
      'MY_DB_ENV_USER=me',
    ])
      assert.ok(env.includes(line), line);
    assert.ok(!env.some((line) => line.startsWith('MY_DB_ENV_PATH')));
    assert.equal(await ok('inspect', '-f', '{{json .HostConfig.Links}}', 'web'), '["/db:/web/my-db"]');
    assert.equal(
      await ok('ps', '--no-trunc', '--format', '{{.Names}}', '--filter', 'name=^/?db$'),
      'db,web/my-db',
    );

    await ok('rename', 'db', 'store');
    assert.equal(await ok('inspect', '-f', '{{json .HostConfig.Links}}', 'web'), '["/store:/web/my-db"]');
    await ok('restart', '-t', '0', 'web');
    assert.match(await ok('exec', 'web', 'cat', '/etc/hosts'), new RegExp(`my-db ${short} store$`, 'm'));
  });

  it('the linked one is found by the name that the link gives it, and by no other', async () => {
    const id = await ok('inspect', '-f', '{{.Id}}', 'store');
    for (const ref of ['web/my-db', '/web/my-db']) {
      assert.equal(await ok('inspect', '-f', '{{.Id}} {{.Name}}', ref), `${id} /store`);
    }
    assert.equal(await ok('exec', 'web/my-db', 'hostname'), id.slice(0, 12));
    assert.equal(await ok('logs', 'web/my-db'), '');
    assert.match(await ok('top', 'web/my-db'), /sleep 1000/);
    await ok('cp', '-q', 'web/my-db:/etc/hostname', join(s.stack.dir, 'hostname'));
    const shortParent = (await ok('inspect', '-f', '{{.Id}}', 'web')).slice(0, 12);
    for (const ref of ['web/store', `${shortParent}/my-db`, 'store/my-db', 'web/my-db/x', 'web/*']) {
      const { stderr } = await s.stack.docker(['inspect', '--type', 'container', ref]);
      assert.match(stderr, /No such container: /, ref);
    }
    const volumes = await ok('create', '--volumes-from', 'web/my-db', 'busybox');
    await ok('rm', volumes);
  });

  it('a link goes, the containers stay', async () => {
    await ok('rm', '--link', '/web/my-db');
    assert.equal(await ok('inspect', '-f', '{{json .HostConfig.Links}}', 'web'), 'null');
    assert.ok(!(await ok('exec', 'web', 'cat', '/etc/hosts')).includes('my-db'));
    assert.equal(await ok('ps', '--format', '{{.Names}}', '--filter', 'name=store'), 'store');
    const again = await s.stack.docker(['rm', '--link', '/web/my-db']);
    assert.match(again.stderr, /No such container: web\/my-db/);
    await ok('rm', '-f', 'web');
  });

  it('a container that does not run cannot be linked to, nor one that is not there', async () => {
    await ok('stop', '-t', '0', 'store');
    const start = await s.stack.docker(['run', '--name', 'late', '--link', 'store:db', 'busybox', 'true']);
    assert.match(start.stderr, /Cannot link to a non running container: \/store AS \/late\/db/);
    const create = await s.stack.docker(['create', '--link', 'nobody', 'busybox']);
    assert.match(create.stderr, /could not get container for nobody: No such container: nobody/);
    await ok('rm', '-f', 'late', 'store');
  });

  it('nor one that is not on the default network', async () => {
    await ok('network', 'create', 'elsewhere');
    await ok('run', '-d', '--name', 'far', '--network', 'elsewhere', 'busybox', 'sleep', '1000');
    await ok('create', '--name', 'here', '--link', 'far:db', 'busybox', 'ping', '-c', '1', 'db');
    const { code, stderr } = await s.stack.docker(['start', '-a', 'here']);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot link to \/far, as it does not belong to the default network/);
    await ok('network', 'connect', 'bridge', 'far');
    await ok('start', '-a', 'here');
    await ok('rm', '-f', 'here', 'far');
    await ok('network', 'rm', 'elsewhere');
  });
});
