// Compose as a client: a project through its whole life, by Debian's docker-compose 1.29, compose v2 and compose v5.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run, waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';
import { type Compose, findComposes } from './compose-programs.ts';

const SERVE = 'mkdir -p /www && echo hello > /www/index.html && exec httpd -f -p 8080 -h /www';
const STORE = 'date > /data/started && echo db is up && while :; do echo row | nc -l -p 5432; done';

const PROJECT = `
version: "3.8"
services:
  db:
    image: busybox
    command: sh -c '${STORE}'
    stop_signal: SIGKILL
    volumes: ["dbdata:/data"]
    healthcheck: {test: ["CMD", "test", "-e", "/data/started"], interval: 1s, retries: 30}
    networks: {back: {aliases: [database]}}
  web:
    image: busybox
    command: sh -c '${SERVE}'
    stop_signal: SIGKILL
    ports: ["8080"]
    environment: {COLOUR: green}
    labels: {tier: front}
    secrets: [key]
    configs: [{source: motd, target: /etc/motd}]
    depends_on: {db: {condition: service_healthy}}
    networks: [front, back]
  fixed:
    image: busybox
    command: sleep 100000
    stop_signal: SIGKILL
    networks: {back: {ipv4_address: 198.19.234.10}}
  tool:
    image: busybox
    profiles: [tools]
    command: echo a tool
    networks: [back]
  made:
    build: {context: ./made, args: {WHO: compose}, target: app}
    profiles: [tools]
    networks: [back]
networks:
  front: {}
  back: {ipam: {config: [{subnet: 198.19.234.0/24}]}}
volumes:
  dbdata: {}
secrets:
  key: {file: ./key}
configs:
  motd: {file: ./motd}
`;

const DOCKERFILE = `
FROM busybox AS app
ARG WHO
RUN echo "hello $WHO" >/hello
COPY file /
CMD ["cat", "/hello", "/file"]
FROM app
RUN false
`;

const { composes, missing } = await findComposes();

describe('compose', () => {
  const s = suite('compose');
  for (const why of missing) it('a compose is missing', { skip: why }, () => {});

  for (const compose of composes) {
    describe(compose.name, () => lifeOfAProject(s, compose));
  }
});

function lifeOfAProject(s: ReturnType<typeof suite>, { program, separator }: Compose): void {
  let dir = '';
  const v2 = separator === '-';
  before(async () => {
    dir = await mkdtemp('/tmp/sdct-project-');
    // 1.29 knows the conditions of depends_on and profiles only in files without a version.
    const configs = v2 ? PROJECT : PROJECT.replace(/^ {4}configs: .*\n/m, '').replace(/^configs:\n.*\n/m, '');
    await writeFile(join(dir, 'docker-compose.yml'), configs.replace(/^version.*\n/m, ''));
    await writeFile(join(dir, 'key'), 'secret\n');
    await writeFile(join(dir, 'motd'), 'welcome\n');
    await mkdir(join(dir, 'made'));
    await writeFile(join(dir, 'made/file'), 'from the context\n');
    await writeFile(join(dir, 'made/Dockerfile'), DOCKERFILE);
  });
  after(async () => {
    await compose('down', '-v', '-t', '1', '--remove-orphans');
    await rm(dir, { recursive: true, force: true });
  });

  const env = () => ({ DOCKER_HOST: s.stack.host, COMPOSE_PROJECT_NAME: 'proj', DOCKER_BUILDKIT: '0' });
  const compose = (...args: string[]) =>
    run(program, ['-f', join(dir, 'docker-compose.yml'), ...args], { env: env(), timeoutMs: 120_000 });
  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await compose(...args);
    assert.equal(code, 0, `compose ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout.trim();
  };
  const ids = () =>
    s.stack.ok(['ps', '-aq', '--no-trunc', '--filter', 'label=com.docker.compose.project=proj']);
  const name = (service: string, n = 1) => ['proj', service, n].join(separator);
  const inspect = (service: string, format: string) => s.stack.ok(['inspect', '-f', format, name(service)]);

  it('up -d, in the order of depends_on; a second time it changes nothing', async () => {
    await ok('up', '-d', ...(v2 ? ['--wait'] : []));
    const before = await ids();
    assert.equal(before.split('\n').length, 3);
    assert.equal(await inspect('db', '{{.State.Health.Status}}'), 'healthy');
    await ok('up', '-d');
    assert.equal(await ids(), before);
  });

  it('names, aliases and fixed addresses', async () => {
    assert.equal(await ok('exec', '-T', 'web', 'nc', 'database', '5432'), 'row');
    assert.equal(await ok('exec', '-T', 'web', 'nc', 'db', '5432'), 'row');
    assert.match(await ok('exec', '-T', 'fixed', 'ip', 'addr'), /inet 198\.19\.234\.10\/24/);
    assert.equal(await ok('exec', '-T', 'db', 'wget', '-qO-', 'http://web:8080/'), 'hello');
  });

  it('a published port answers on the machine', async () => {
    const address = (await ok('port', 'web', '8080')).replace('0.0.0.0', '127.0.0.1');
    assert.equal(await (await fetch(`http://${address}/`)).text(), 'hello\n');
  });

  it('secrets and configs', async () => {
    assert.equal(await ok('exec', '-T', 'web', 'cat', '/run/secrets/key'), 'secret');
    if (v2) assert.equal(await ok('exec', '-T', 'web', 'cat', '/etc/motd'), 'welcome');
  });

  it('ps, logs, top', async () => {
    assert.match(await ok('ps'), new RegExp(`${name('db')}.*healthy`));
    assert.match(await ok('logs', '--no-color', 'db'), /db is up/);
    assert.match(await ok('top', 'web'), /httpd -f -p 8080/);
  });

  it('run --rm of a service, and of one with a profile', async () => {
    assert.equal(await ok('run', '--rm', '-T', 'web', 'sh', '-c', 'echo $COLOUR'), 'green');
    assert.equal(await ok('run', '--rm', '-T', 'tool'), 'a tool');
    assert.equal((await ids()).split('\n').length, 3);
  });

  it('build, and run of what was built', async () => {
    await ok('build', 'made');
    assert.equal(await ok('run', '--rm', '-T', 'made'), 'hello compose\nfrom the context');
    const image = await s.stack.ok(['images', '-q', `proj${separator}made`]);
    await ok('build', 'made');
    assert.equal(await s.stack.ok(['images', '-q', `proj${separator}made`]), image);
    await s.stack.ok(['rmi', `proj${separator}made`]);
  });

  it('up in the foreground shows the output and ends with its container', async () => {
    await writeFile(
      join(dir, 'once.yml'),
      'services: {once: {image: busybox, command: sh -c "echo begins; sleep 1; echo ends"}}\n',
    );
    const once = ['-p', 'once', '-f', join(dir, 'once.yml')];
    const { code, stdout, stderr } = await run(program, [...once, 'up'], { env: env(), timeoutMs: 60_000 });
    await run(program, [...once, 'down', '-t', '1'], { env: env() });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /begins[\s\S]*ends/);
    assert.doesNotMatch(stderr + stdout, /Traceback/);
  });

  it('scale', async () => {
    await ok('up', '-d', '--scale', 'db=3');
    assert.equal((await ids()).split('\n').length, 5);
    await ok('up', '-d', '--scale', 'db=1');
    assert.equal((await ids()).split('\n').length, 3);
  });

  it('restart, pause, stop, start', async () => {
    const started = await inspect('web', '{{.State.StartedAt}}');
    await ok('restart', '-t', '1', 'web');
    assert.notEqual(await inspect('web', '{{.State.StartedAt}}'), started);
    await ok('pause', 'db');
    assert.equal(await inspect('db', '{{.State.Status}}'), 'paused');
    await ok('unpause', 'db');
    await ok('stop', '-t', '1');
    assert.equal(await inspect('web', '{{.State.Status}}'), 'exited');
    await ok('start');
    await waitUntil('web runs', async () => (await inspect('web', '{{.State.Status}}')) === 'running');
  });

  it('cp, ls and events', { skip: v2 ? false : 'not in compose 1.29' }, async () => {
    await writeFile(join(dir, 'file'), 'copied\n');
    await ok('cp', join(dir, 'file'), 'web:/tmp/file');
    assert.equal(await ok('exec', '-T', 'web', 'cat', '/tmp/file'), 'copied');
    assert.match(await ok('ls'), /proj\s+running\(3\)/);
    // compose v2 takes the end of the stream for an error.
    const { stdout } = await compose('events', '--since', '10m', '--until', '0s');
    assert.match(stdout, /container start .*proj-web-1/);
  });

  it('a changed service is made anew, with its volume', async () => {
    const first = await s.stack.ok(['inspect', '-f', '{{.Id}}', name('db')]);
    await writeFile(
      join(dir, 'override.yml'),
      'services: {db: {environment: {CHANGED: "yes"}}, fixed: {environment: {CHANGED: "yes"}}}\n',
    );
    const { code, stderr } = await run(
      program,
      ['-f', join(dir, 'docker-compose.yml'), '-f', join(dir, 'override.yml'), 'up', '-d', '-t', '1'],
      { env: env(), timeoutMs: 120_000 },
    );
    assert.equal(code, 0, stderr);
    assert.notEqual(await s.stack.ok(['inspect', '-f', '{{.Id}}', name('db')]), first);
    assert.match(await inspect('db', '{{range .Mounts}}{{.Name}} {{end}}'), /proj_dbdata/);
    // Its address is the old one's until that has gone.
    assert.match(await inspect('fixed', '{{.Config.Env}}'), /CHANGED=yes/);
    assert.match(await ok('exec', '-T', 'fixed', 'ip', 'addr'), /inet 198\.19\.234\.10\/24/);
  });

  it('down -v leaves nothing', async () => {
    await ok('down', '-v', '-t', '1', '--remove-orphans');
    assert.equal(await ids(), '');
    assert.equal(await s.stack.ok(['volume', 'ls', '-q']), '');
    assert.deepEqual((await s.stack.ok(['network', 'ls', '--format', '{{.Name}}'])).split('\n').sort(), [
      'bridge',
      'host',
      'none',
    ]);
  });
}
