// A web page that keeps rows in PostgreSQL and counts in Redis, all Debian's own packages, brought up by compose.
import assert from 'node:assert/strict';
import { glob, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pushDebian } from '#test/harness/debian-image.ts';
import { run } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';

const DATABASE = `
grep -q postgres /etc/passwd || echo 'postgres:x:70:70::/data:/bin/sh' >> /etc/passwd
busybox chown 70:70 /data && busybox chmod 700 /data
[ -e /data/PG_VERSION ] || busybox su postgres -c 'initdb -D /data -A trust -E UTF8 --locale=C --no-sync' || exit 1
echo 'host all all all trust' > /data/pg_hba.conf
exec busybox su postgres -c "exec postgres -D /data -c listen_addresses='*' -c unix_socket_directories=/tmp"
`;
/** Each visit is a row in the database and counted in Redis. */
const PAGE = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
visits=$(printf 'INCR visits\\r\\nQUIT\\r\\n' | nc redis 6379 | busybox head -n 1 | busybox tr -d ':\\r')
psql -qtA -h db -U postgres -c "create table if not exists visit (n int); insert into visit values ($visits)"
echo "visit $visits, rows $(psql -qtA -h db -U postgres -c 'select count(*) from visit')"
`;

const PROJECT = {
  services: {
    web: {
      image: 'postgres',
      command: ['busybox', 'httpd', '-f', '-p', '80', '-h', '/www'],
      volumes: ['./www:/www:ro'],
      ports: ['80'],
      depends_on: { db: { condition: 'service_healthy' }, redis: { condition: 'service_started' } },
      networks: ['front', 'back'],
    },
    redis: {
      image: 'redis',
      command: [
        'redis-server',
        '--bind',
        '0.0.0.0',
        '--protected-mode',
        'no',
        '--dir',
        '/data',
        '--appendonly',
        'yes',
      ],
      volumes: ['counts:/data'],
      networks: ['back'],
    },
    db: {
      image: 'postgres',
      command: ['busybox', 'sh', '-c', DATABASE.replaceAll('$', '$$$$')],
      volumes: ['rows:/data'],
      networks: ['back'],
      shm_size: '64m',
      healthcheck: {
        test: ['CMD', 'psql', '-h', '127.0.0.1', '-U', 'postgres', '-c', 'select 1'],
        interval: '1s',
        timeout: '5s',
        retries: 60,
      },
    },
  },
  networks: { front: {}, back: { internal: true } },
  volumes: { counts: {}, rows: {} },
};

describe('three tiers', () => {
  const s = suite('three-tier');
  let dir = '';
  const compose = async (...args: string[]): Promise<string> => {
    const env = { DOCKER_HOST: s.stack.host, COMPOSE_PROJECT_NAME: 'tiers' };
    const file = join(dir, 'docker-compose.yml');
    const result = await run('docker-compose', ['-f', file, ...args], { env, timeoutMs: 180_000 });
    assert.equal(result.code, 0, `compose ${args.join(' ')}: ${result.stderr}${result.stdout}`);
    return result.stdout.trim();
  };
  const visit = async (): Promise<string> => {
    const address = (await compose('port', 'web', '80')).replace('0.0.0.0', '127.0.0.1');
    return (await (await fetch(`http://${address}/cgi-bin/visit`)).text()).trim();
  };

  before(async () => {
    dir = await mkdtemp('/tmp/sdct-tiers-');
    const Env = ['PATH=/usr/lib/postgresql/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
    const shell = ['busybox-static'];
    await pushDebian(s.registry, 'library/redis', { packages: ['redis-server', ...shell], config: { Env } });
    await pushDebian(s.registry, 'library/postgres', {
      packages: ['postgresql', ...shell],
      config: { Env },
      finish: async (root) => {
        // The programs are in a folder of the version's name.
        for await (const bin of glob('usr/lib/postgresql/*/bin', { cwd: root }))
          await symlink(join('/', bin), join(root, 'usr/lib/postgresql/bin'));
      },
    });
    await writeFile(join(dir, 'docker-compose.yml'), JSON.stringify(PROJECT));
    await mkdir(join(dir, 'www/cgi-bin'), { recursive: true });
    await writeFile(join(dir, 'www/cgi-bin/visit'), PAGE, { mode: 0o755 });
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('serves, with its rows and counts', async () => {
    await compose('up', '-d');
    assert.equal(await visit(), 'visit 1, rows 1');
    assert.equal(await visit(), 'visit 2, rows 2');
  });

  it('keeps them over down and up', async () => {
    await compose('down', '-t', '5');
    await compose('up', '-d');
    assert.equal(await visit(), 'visit 3, rows 3');
  });

  it('publishes nothing of the database, and goes', async () => {
    const id = await compose('ps', '-q', 'db');
    assert.equal(await s.stack.ok(['port', id]), '');
    await compose('down', '-v', '-t', '1');
    assert.equal(await s.stack.ok(['volume', 'ls', '-q']), '');
  });
});
