// A whole sdc-docker of a test's own: daemon, CoaL and containerd on own folders, sockets, bridge and subnet.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '#lib/process/processes.ts';
import { cleanInstance, pidsWith } from '#tools/clean-instance.ts';
import { giveSlot, instanceNames, takeSlot } from './slot.ts';

const root = resolve(import.meta.dirname, '../..');

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}
export interface CliOptions {
  input?: string | Buffer;
  timeoutMs?: number;
  env?: Record<string, string>;
  cwd?: string;
}
export type Program = 'daemon' | 'coal' | 'containerd';

export interface Stack {
  dir: string;
  /** DOCKER_HOST */
  host: string;
  socketPath: string;
  /** Name of its bridge, with which those of its networks begin. */
  bridge: string;
  /** Runs the docker CLI; resolves whatever its exit code. */
  docker(args: string[], opts?: CliOptions): Promise<CliResult>;
  /** Runs it and throws unless it exits 0; gives stdout, trimmed. */
  ok(args: string[], opts?: CliOptions): Promise<string>;
  /** A running docker CLI. */
  spawn(args: string[]): ChildProcess;
  pids(program: Program): Promise<number[]>;
  /** kill -9, resolves when it is gone. containerd comes back by CoaL's care. */
  kill9(program: Program): Promise<void>;
  /** Starts daemon or CoaL again and waits until the stack answers. */
  start(program: 'daemon' | 'coal'): Promise<void>;
  /** Waits until docker version works. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when `check` gives a truthy value; rejects after the timeout with what it was waiting for. */
export async function waitUntil<T>(
  what: string,
  check: () => Promise<T> | T,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value as NonNullable<T>;
    if (Date.now() > end) throw new Error(`timed out waiting until ${what}`);
    await delay(20);
  }
}

/** Runs a program with its output collected; never rejects. */
export function run(command: string, args: string[], opts: CliOptions = {}): Promise<CliResult> {
  return new Promise((done) => {
    const child = execFile(
      command,
      args,
      {
        env: { ...process.env, ...opts.env },
        cwd: opts.cwd,
        timeout: opts.timeoutMs ?? 60_000,
        maxBuffer: 256 << 20,
        killSignal: 'SIGKILL',
      },
      (err, stdout, stderr) => {
        const code = err ? (typeof err.code === 'number' ? err.code : 255) : 0;
        done({ code, stdout, stderr: err?.killed ? `${stderr}\n(timed out)` : stderr });
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(opts.input ?? '');
  });
}

/** Starts a stack. `mirror`: URL of a registry that stands in for Docker Hub. `settings` lies over etc/coal.json. */
export async function startStack(opts: {
  name: string;
  mirror?: string;
  daemon?: Record<string, unknown>;
  coal?: Record<string, unknown>;
}): Promise<Stack> {
  const taken = await takeSlot(`/tmp/sdct-${opts.name.replace(/[^a-z0-9]+/g, '-')}-`);
  const { slot, dir } = taken;
  await chmod(dir, 0o755);
  const names = instanceNames(taken);
  const config = join(dir, 'config.json');
  const settings = {
    stateDir: names.stateDir,
    runDir: names.runDir,
    daemon: {
      logLevel: 'debug',
      defaultAddressPools: [{ base: `10.${100 + slot}.0.0/16`, size: 24 }],
      ...opts.daemon,
    },
    coal: {
      logLevel: 'debug',
      network: { bridge: names.bridge, subnet: `198.${18 + (slot >> 4)}.${(slot & 15) * 16}.0/20` },
      containerd: { cgroupParent: names.cgroupParent },
      registry: { mirrors: opts.mirror ? { 'docker.io': [opts.mirror] } : {} },
      ...opts.coal,
    },
  };
  await writeFile(config, JSON.stringify(settings, null, 2));

  const socketPath = join(names.runDir, 'docker.sock');
  const host = `unix://${socketPath}`;
  const children = new Map<string, ChildProcess>();
  /** Those that still run when a test fails would keep its process alive. */
  const clients = new Set<ChildProcess>();
  const main = { daemon: 'src/main.ts', coal: 'lib/coal/main.ts' } as const;
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: join(dir, 'docker-config') };

  function launch(program: 'daemon' | 'coal'): void {
    const log = openSync(join(dir, `${program}.log`), 'a');
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main[program], '--config', config],
      {
        cwd: root,
        stdio: ['ignore', log, log],
        detached: true,
      },
    );
    closeSync(log);
    children.set(program, child);
  }
  const docker = (args: string[], cli: CliOptions = {}): Promise<CliResult> =>
    run('docker', args, { ...cli, env: { ...env, ...cli.env } });
  const answers = async (): Promise<boolean> => (await get(socketPath, '/info')) === 200;
  const ready = async (): Promise<void> => {
    await waitUntil(
      `${opts.name}'s stack answers (logs in ${dir})`,
      async () => {
        for (const [program, child] of children) {
          if (child.exitCode !== null)
            throw new Error(
              `${program} ended with ${child.exitCode}: ${await tail(join(dir, `${program}.log`))}`,
            );
        }
        return answers();
      },
      30_000,
    );
  };
  const pids = async (program: Program): Promise<number[]> => {
    if (program === 'containerd')
      return (await pidsWith(join(dir, 'state'))).concat(await pidsWith(names.runDir)).filter(isContainerd);
    const pid = children.get(program)?.pid;
    return pid ? [pid] : [];
  };

  launch('coal');
  launch('daemon');
  try {
    await ready();
  } catch (err) {
    // The folder stays, with its logs.
    for (const child of children.values()) child.kill('SIGKILL');
    await cleanInstance(names);
    throw err;
  }
  return {
    dir,
    host,
    socketPath,
    bridge: names.bridge,
    docker,
    pids,
    ready,
    async ok(args, cli) {
      const result = await docker(args, cli);
      if (result.code !== 0)
        throw new Error(`docker ${args.join(' ')} exited ${result.code}: ${result.stderr}${result.stdout}`);
      return result.stdout.trimEnd();
    },
    spawn(args) {
      const client = spawn('docker', args, {
        env: { ...process.env, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      clients.add(client);
      client.once('exit', () => clients.delete(client));
      return client;
    },
    async kill9(program) {
      const targets = await pids(program);
      for (const pid of targets) process.kill(pid, 'SIGKILL');
      await waitUntil(`${program} is gone`, () => !targets.some(isAlive));
      children.delete(program);
    },
    async start(program) {
      launch(program);
      await ready();
    },
    async stop() {
      for (const child of [...clients, ...children.values()]) child.kill('SIGKILL');
      if (process.env.SDCT_KEEP) await keepLogs(dir, join(process.env.SDCT_KEEP, opts.name));
      await cleanInstance(names);
      await giveSlot(taken);
    },
  };
}

/** containerd itself, not its shims. */
function isContainerd(pid: number): boolean {
  try {
    return (
      process.getBuiltinModule('node:fs').readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'containerd'
    );
  } catch {
    return false;
  }
}

/** What explains a failure that is hard to meet again. */
async function keepLogs(dir: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  const files = ['daemon.log', 'coal.log', 'state/containerd/containerd.log'];
  for (const file of files) await cp(join(dir, file), join(into, basename(file))).catch(() => {});
  const filter = (path: string): boolean => !path.includes('/logs/');
  await cp(join(dir, 'state/zones'), join(into, 'zones'), { recursive: true, filter }).catch(() => {});
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).slice(-2000);
}

/** Status of a plain GET on a unix socket, 0 when nothing answers. */
export function get(socketPath: string, path: string): Promise<number> {
  return new Promise((done) => {
    const socket = connect(socketPath);
    let head = '';
    socket.on('connect', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`),
    );
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      const status = /^HTTP\/1\.1 (\d+)/.exec(head);
      if (!status) return;
      socket.destroy();
      done(Number(status[1]));
    });
    socket.on('error', () => done(0));
    socket.on('end', () => done(0));
  });
}
