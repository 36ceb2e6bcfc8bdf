// testcontainers as a client: a user's test through its waits, networks and compose, and what is cleared away after one that was killed.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it, type TestContext } from 'node:test';
import { waitUntil } from '#test/harness/stack.ts';
import { suite } from '#test/harness/suite.ts';
import { findComposes } from './compose-programs.ts';
import { buildRyuk, installTestcontainers, pushRyuk } from './testcontainers-programs.ts';

const PROGRAM = 'testcontainers-program.mjs';
const COMPOSE = `
services:
  web:
    image: busybox
    command: httpd -f -p 80 -h /etc/www
    ports: ["80"]
    stop_signal: SIGKILL
    configs: [{source: page, target: /etc/www/index.html}]
    healthcheck: {test: ["CMD", "wget", "-qO-", "http://127.0.0.1/"], interval: 1s, retries: 30}
    volumes: ["data:/data"]
configs: {page: {content: composed page}}
volumes: {data: {}}
`;
/** Ryuk waits ten seconds for a client that comes back. */
const REAP_MS = 40_000;
/** Of a program that hangs. */
const LIFE_MS = 180_000;

describe('testcontainers', () => {
  const s = suite('testcont');
  /** Why a part cannot be had here. */
  const missing = new Map<'package' | 'ryuk' | 'compose', string>();
  let program = '';
  let work = '';
  const config = () => join(work, 'docker-config');
  const children: ChildProcess[] = [];

  before(async () => {
    work = await mkdtemp('/tmp/sdct-testcontainers-');
    const tried = async (what: 'package' | 'ryuk', get: () => Promise<unknown>) =>
      get().catch((err: Error) => missing.set(what, err.message.split('\n').slice(0, 3).join(' ')));
    await tried('package', async () => {
      const dir = await installTestcontainers();
      program = join(dir, PROGRAM);
      await copyFile(join(import.meta.dirname, PROGRAM), program);
    });
    if (!missing.has('package')) {
      let ryuk = '';
      await tried('ryuk', async () => {
        ryuk = await buildRyuk();
      });
      if (ryuk !== '') await pushRyuk(s.registry, ryuk);
    }
    const compose = (await findComposes()).composes.find(({ separator }) => separator === '-');
    if (!compose) missing.set('compose', 'no compose v2 or v5');
    await mkdir(join(config(), 'cli-plugins'), { recursive: true });
    if (compose) await symlink(compose.program, join(config(), 'cli-plugins/docker-compose'));
    await writeFile(join(work, 'compose.yml'), COMPOSE);
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(work, { recursive: true, force: true });
  });

  interface Program {
    child: ChildProcess;
    /** What it printed; npm's packages may warn on the other stream. */
    lines: string[];
    errors: string[];
    ended: Promise<number | null>;
  }

  function start(...args: string[]): Program {
    const child = spawn(process.execPath, [program, ...args], {
      env: {
        ...process.env,
        DOCKER_HOST: s.stack.host,
        DOCKER_CONFIG: config(),
        TESTCONTAINERS_RYUK_DISABLED: String(missing.has('ryuk')),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIFE_MS,
      killSignal: 'SIGKILL',
    });
    children.push(child);
    const [lines, errors] = [child.stdout, child.stderr].map((input) => {
      const told: string[] = [];
      createInterface({ input }).on('line', (line) => told.push(line));
      return told;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, lines: lines!, errors: errors!, ended };
  }
  async function runs(args: string[], expected: string[]): Promise<void> {
    const { lines, errors, ended } = start(...args);
    assert.equal(await ended, 0, [...lines, ...errors].join('\n'));
    assert.deepEqual(lines.toSorted(), expected.toSorted());
  }
  const skipped = (t: TestContext, ...needs: ('package' | 'ryuk' | 'compose')[]): boolean => {
    const why = needs.flatMap((need) => (missing.has(need) ? [`${need}: ${missing.get(need)}`] : []));
    if (why.length > 0) t.skip(why.join('; '));
    return why.length > 0;
  };

  it('waits for pages, ports, logs, health and commands; copies in and out', async (t) => {
    if (skipped(t, 'package')) return;
    const waits = ['port', 'log', 'health', 'shell', 'once'].map((name) => `waited ${name}`);
    await runs(['waits'], ['http hello', 'copied 0', 'restarted hello', ...waits]);
  });

  it('has networks with aliases, and containers that are used again', async (t) => {
    if (skipped(t, 'package')) return;
    await runs(['networks'], ['alias true', 'reused true']);
  });

  it('brings a compose project up and down', async (t) => {
    if (skipped(t, 'package', 'compose')) return;
    await runs(['compose', join(work, 'compose.yml')], ['composed composed page']);
  });

  it('Ryuk clears away what a killed test has left: containers, networks, volumes', async (t) => {
    if (skipped(t, 'package', 'ryuk')) return;
    const { child, lines, errors, ended } = start('leaves');
    await waitUntil('it has made its containers', () => lines.includes('left') || child.exitCode !== null);
    assert.deepEqual(lines, ['left'], errors.join('\n'));
    const label = 'org.testcontainers.session-id';
    const [one] = (await s.stack.ok(['ps', '-q', '--filter', 'ancestor=busybox'])).split('\n');
    const session = await s.stack.ok(['inspect', '-f', `{{index .Config.Labels "${label}"}}`, one!]);
    const labels = ['--label', `${label}=${session}`, '--label', 'org.testcontainers=true'];
    await s.stack.ok(['volume', 'create', ...labels, 'left']);
    child.kill('SIGKILL');
    await ended;
    const left = async () => {
      const lists = [
        ['ps', '-aq'],
        ['volume', 'ls', '-q'],
        ['network', 'ls', '-q', '--filter', 'type=custom'],
      ];
      return (await Promise.all(lists.map((list) => s.stack.ok(list)))).join('');
    };
    await waitUntil('nothing is left', async () => (await left()) === '', REAP_MS);
  });
});
