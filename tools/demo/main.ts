// `make demo`: a fresh clone, the two commands, then docker by hand; writes what was seen to docs/first-light.md.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pushBusybox, startRegistry } from '#test/harness/registry.ts';
import { get, run, waitUntil } from '#test/harness/stack.ts';
import { cleanInstance, pidsWith } from '../clean-instance.ts';
import { steps } from './steps.ts';

const root = resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'docs/first-light.md') },
    check: { type: 'boolean' },
    bench: { type: 'string' },
  },
});

const dir = await mkdtemp('/tmp/sdct-demo-');
execFileSync('chmod', ['755', dir]);
const names = {
  stateDir: join(dir, 'state'),
  runDir: join(dir, 'run'),
  bridge: 'sdctdemo',
  cgroupParent: 'sdctdemo',
  containerdSocket: join(dir, 'run/containerd/containerd.sock'),
};
const lines: string[] = [];
const say = (text: string): void => {
  lines.push(text);
  process.stdout.write(`${text}\n`);
};

let server: ChildProcess | null = null;
const registry = await startRegistry(join(dir, 'registry'));
try {
  await pushBusybox(registry, 'library/busybox', 'latest');
  const clone = join(dir, 'sdc-docker');
  execFileSync('git', ['clone', '-q', root, clone]);
  const config = join(dir, 'demo.json');
  await writeFile(
    config,
    JSON.stringify({
      stateDir: names.stateDir,
      runDir: names.runDir,
      coal: {
        network: { bridge: names.bridge, subnet: '198.18.240.0/20' },
        containerd: { cgroupParent: names.cgroupParent },
        registry: { mirrors: { 'docker.io': [registry.url] } },
      },
    }),
  );
  header();
  if (values.check) await checkStep(clone);
  await serve(clone, config);
  await play();
  if (values.bench) say(`\n## make bench\n\n${await run('cat', [values.bench]).then((r) => r.stdout)}`);
} finally {
  await endServer();
  await cleanInstance(names);
  await registry.stop();
  await rm(dir, { recursive: true, force: true });
}
await writeFile(values.out, `${lines.join('\n')}\n`);

function header(): void {
  say('# First light');
  say(
    `\nMade by \`make demo\` (tools/demo/main.ts) on ${new Date().toISOString().slice(0, 10)}, on a fresh clone. A registry on this machine stands in for Docker Hub.`,
  );
  say('Long ids are cut; nothing else is edited.\n\n```');
}

async function checkStep(clone: string): Promise<void> {
  say('# make check');
  const r = await run('make', ['-C', clone, 'check'], { timeoutMs: 3_000_000, env: { MAKEFLAGS: '' } });
  say(r.stdout.trimEnd().split('\n').slice(-8).join('\n'));
  if (r.code !== 0) throw new Error(`make check exited ${r.code}: ${r.stderr.slice(-2000)}`);
}

async function serve(clone: string, config: string): Promise<void> {
  say('# make run');
  const started = performance.now();
  const child = spawn('make', ['-C', clone, 'run', `CONFIG=${config}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: false,
  });
  server = child;
  child.stdout.resume();
  await waitUntil(
    'the daemon answers',
    async () => (await get(join(names.runDir, 'docker.sock'), '/info')) === 200,
    180_000,
  );
  say(`(set up and serving after ${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

/** SIGTERM, for make hands it on to what it runs (SIGINT it leaves to the terminal); what is left then is killed. */
async function endServer(): Promise<void> {
  const make = server;
  make?.kill('SIGTERM');
  const ended = () => make === null || make.exitCode !== null || make.signalCode !== null;
  await waitUntil('make run has ended', ended, 20_000).catch(() => {});
  kill(await pidsWith(config()));
}

async function play(): Promise<void> {
  const socket = join(names.runDir, 'docker.sock');
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(dir, 'docker-config') };
  say('# export DOCKER_HOST=unix:///run/sdc-docker/docker.sock');
  for (const step of steps) {
    if ('kill' in step) {
      say(`# kill -9 ${step.kill}`);
      await kill9(step.kill);
      await waitUntil('the stack answers again', async () => (await get(socket, '/info')) === 200, 30_000);
      continue;
    }
    say(`# ${step.sh}`);
    const r = await run('sh', ['-c', `{ ${step.sh}; } 2>&1`], { env, timeoutMs: 60_000 });
    const text = r.stdout.trimEnd().replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
    if (text !== '') say(text);
    if (r.code !== (step.code ?? 0)) throw new Error(`${step.sh} exited ${r.code}: ${text}`);
    if (r.code !== 0) say(`(exit ${r.code})`);
  }
  say('```');
}

/** The program itself: not make, not run.ts that starts it again, not containerd's shims. */
async function kill9(program: 'daemon' | 'coal' | 'containerd'): Promise<void> {
  const marks = {
    daemon: ['src/main.ts', config()],
    coal: ['lib/coal/main.ts', config()],
    containerd: ['containerd', `${names.runDir}/`],
  }[program];
  const found: number[] = [];
  for (const pid of await pidsWith(marks[0]!)) {
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').join(' ');
    if (args.includes(marks[1]!) && !args.includes('containerd-shim')) found.push(pid);
  }
  if (found.length === 0) throw new Error(`no ${program} to kill`);
  kill(found);
}

function kill(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has gone by itself.
    }
  }
}

function config(): string {
  return join(dir, 'demo.json');
}
