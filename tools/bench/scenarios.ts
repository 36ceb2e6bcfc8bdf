// What `make bench` measures: each scenario is one command as a user types it, with what must be there before and go after.
import { pushBusybox, type Registry } from '#test/harness/registry.ts';
import type { CliResult } from '#test/harness/stack.ts';
import { run as runProgram } from '#test/harness/stack.ts';
import { builds } from './builds.ts';
import { compose } from './compose.ts';
import { copies } from './copies.ts';
import { networks } from './networks.ts';
import { parallel } from './parallel.ts';

/** One of the two daemons under measurement. */
export interface Side {
  name: 'sdc-docker' | 'dockerd';
  host: string;
  docker(args: string[], opts?: { timeoutMs?: number }): Promise<CliResult>;
}

export interface Row {
  name: string;
  bar: number | null;
  unit: 'ms' | 'MiB';
  ours: number[];
  theirs: number[];
}

export interface Scenario {
  name: string;
  /** Largest allowed ratio ours/theirs; null = none set. */
  bar: number | null;
  rounds: number;
  prepare?(side: Side): Promise<void>;
  /** Untimed, before each round; its text goes to run and after. */
  before?(side: Side): Promise<string>;
  run(side: Side, context: string): Promise<void>;
  after?(side: Side, context: string): Promise<void>;
  cleanUp?(side: Side): Promise<void>;
  /** After all scenarios: for what costs those behind it when it is deleted. */
  cleanUpLast?(side: Side): Promise<void>;
}

async function ok(side: Side, ...args: string[]): Promise<string> {
  const r = await side.docker(args, { timeoutMs: 300_000 });
  if (r.code !== 0) throw new Error(`${side.name}: docker ${args.join(' ')} exited ${r.code}: ${r.stderr}`);
  return r.stdout.trim();
}

/** Output goes to /dev/null inside the shell, so that we do not measure this process reading it. */
async function toNull(side: Side, command: string): Promise<void> {
  const r = await runProgram('sh', ['-c', `${command} > /dev/null`], {
    env: { DOCKER_HOST: side.host },
    timeoutMs: 300_000,
  });
  if (r.code !== 0) throw new Error(`${side.name}: ${command} exited ${r.code}: ${r.stderr}`);
}

const rm = async (side: Side, id: string): Promise<void> => void (await side.docker(['rm', '-f', id]));
const sleeper = (side: Side): Promise<string> => ok(side, 'run', '-d', 'busybox', 'sleep', '100000');
const obeying = (side: Side): Promise<string> =>
  ok(side, 'run', '-d', 'busybox', 'sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait');

export function scenarios(registry: Registry): Scenario[] {
  return [
    ...quick(),
    ...networks(ok),
    ...heavy(registry),
    ...parallel(ok),
    ...copies(ok),
    ...builds(ok),
    ...compose(),
  ];
}

function quick(): Scenario[] {
  const running: Record<string, string> = {};
  return [
    {
      name: 'run --rm busybox true',
      bar: 0.5,
      rounds: 12,
      run: async (side) => void (await ok(side, 'run', '--rm', 'busybox', 'true')),
    },
    {
      name: 'run --rm --network none busybox true',
      bar: null,
      rounds: 12,
      run: async (side) => void (await ok(side, 'run', '--rm', '--network', 'none', 'busybox', 'true')),
    },
    {
      name: 'create',
      bar: null,
      rounds: 12,
      run: async (side) => {
        running[side.name] = await ok(side, 'create', 'busybox');
      },
      after: (side) => rm(side, running[side.name]!),
    },
    {
      name: 'start',
      bar: null,
      rounds: 12,
      before: (side) => ok(side, 'create', 'busybox', 'sleep', '100000'),
      run: async (side, id) => void (await ok(side, 'start', id)),
      after: rm,
    },
    {
      name: 'exec true',
      bar: 1.0,
      rounds: 20,
      prepare: async (side) => {
        running[side.name] = await sleeper(side);
      },
      run: async (side) => void (await ok(side, 'exec', running[side.name]!, 'true')),
      cleanUp: (side) => rm(side, running[side.name]!),
    },
    {
      name: 'pause',
      bar: null,
      rounds: 10,
      before: sleeper,
      run: async (side, id) => void (await ok(side, 'pause', id)),
      after: rm,
    },
    {
      name: 'unpause',
      bar: null,
      rounds: 10,
      before: async (side) => {
        const id = await sleeper(side);
        await ok(side, 'pause', id);
        return id;
      },
      run: async (side, id) => void (await ok(side, 'unpause', id)),
      after: rm,
    },
    {
      name: 'top -ef',
      bar: null,
      rounds: 10,
      before: sleeper,
      run: async (side, id) => void (await ok(side, 'top', id)),
      after: rm,
    },
    {
      name: 'stop (obeys SIGTERM)',
      bar: null,
      rounds: 10,
      before: obeying,
      run: async (side, id) => void (await ok(side, 'stop', id)),
      after: rm,
    },
    {
      name: 'rm -f of a running one',
      bar: null,
      rounds: 10,
      before: sleeper,
      run: async (side, id) => void (await ok(side, 'rm', '-f', id)),
    },
    {
      name: '20 run --rm at once',
      bar: 0.6,
      rounds: 4,
      run: async (side) =>
        void (await Promise.all(
          Array.from({ length: 20 }, () => ok(side, 'run', '--rm', 'busybox', 'true')),
        )),
    },
  ];
}

function heavy(registry: Registry): Scenario[] {
  const logged: Record<string, string> = {};
  const many: Record<string, string[]> = {};
  return [
    {
      name: 'ps -a with 200 containers',
      bar: 1.5,
      rounds: 10,
      prepare: async (side) => {
        many[side.name] = [];
        for (let i = 0; i < 200; i++) many[side.name]!.push(await ok(side, 'create', 'busybox'));
      },
      run: async (side) => void (await ok(side, 'ps', '-a')),
      cleanUp: async (side) =>
        void (await side.docker(['rm', '-f', ...many[side.name]!], { timeoutMs: 300_000 })),
    },
    {
      name: 'logs of 200 MB (71-byte lines)',
      bar: 0.5,
      rounds: 3,
      prepare: async (side) => {
        const line = 'x'.repeat(70);
        logged[side.name] = await ok(
          side,
          'run',
          '-d',
          'busybox',
          'sh',
          '-c',
          `yes ${line} | head -c 200000000`,
        );
        await ok(side, 'wait', logged[side.name]!);
      },
      run: (side) => toNull(side, `docker logs ${logged[side.name]}`),
      cleanUp: (side) => rm(side, logged[side.name]!),
    },
    {
      name: 'run printing 500 MB',
      bar: 0.5,
      rounds: 3,
      run: (side) => toNull(side, 'docker run --rm busybox head -c 500000000 /dev/zero'),
    },
    {
      name: 'pull of 3 layers, 200 MB',
      bar: 1.0,
      rounds: 3,
      prepare: async (side) =>
        void (
          side.name === 'sdc-docker' &&
          (await pushBusybox(registry, 'bench/big', 'latest', { layers: 3, megabytes: 200 }))
        ),
      run: async (side) =>
        void (await ok(side, 'pull', '-q', `${registry.url.replace('http://', '')}/bench/big`)),
      after: async (side) => void (await ok(side, 'rmi', `${registry.url.replace('http://', '')}/bench/big`)),
    },
  ];
}
