// Five hundred containers on one network: is the last created and started as fast as the first? Not part of `make bench`.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { parseArgs } from 'node:util';
import { pushBusybox, startRegistry } from '#test/harness/registry.ts';
import { type Stack, startStack } from '#test/harness/stack.ts';
import { type Call, caller } from './parallel.ts';
import { cpuOf } from './stats.ts';
import { median } from './table.ts';

const { values } = parseArgs({
  options: {
    containers: { type: 'string', default: '500' },
    /** Each with a port of its own. */
    publish: { type: 'boolean', default: false },
    at_once: { type: 'string', default: '4' },
    /** CIDR of the network; large enough, and free on this machine. */
    subnet: { type: 'string', default: '10.77.0.0/20' },
  },
});
const CONTAINERS = Number(values.containers);
const WINDOW = Math.max(1, Math.floor(CONTAINERS / 10));
const NETWORK = 'bench-growth';

interface One {
  create: number;
  start: number;
  /** ms of CPU of daemon, CoaL and containerd since the one before. */
  cpu: Record<'daemon' | 'coal' | 'containerd', number>;
}

async function cpuNow(stack: Stack): Promise<One['cpu']> {
  const sum = async (program: 'daemon' | 'coal' | 'containerd'): Promise<number> =>
    [...(await cpuOf(await stack.pids(program))).values()].reduce((all, ms) => all + ms, 0);
  return { daemon: await sum('daemon'), coal: await sum('coal'), containerd: await sum('containerd') };
}

async function makeAll(stack: Stack, call: Call): Promise<One[]> {
  const done: One[] = [];
  const body = {
    Image: 'busybox',
    Cmd: ['sleep', '100000'],
    HostConfig: {
      NetworkMode: NETWORK,
      ...(values.publish ? { PortBindings: { '80/tcp': [{ HostPort: '' }] } } : {}),
    },
  };
  let next = 0;
  let before = await cpuNow(stack);
  const worker = async (): Promise<void> => {
    while (next < CONTAINERS) {
      const name = `growth-${next++}`;
      const begin = performance.now();
      const { Id } = JSON.parse(await call('POST', `/containers/create?name=${name}`, body)) as {
        Id: string;
      };
      const created = performance.now();
      await call('POST', `/containers/${Id}/start`);
      const started = performance.now();
      const after = await cpuNow(stack);
      const used = (program: keyof One['cpu']): number => after[program] - before[program];
      const cpu = { daemon: used('daemon'), coal: used('coal'), containerd: used('containerd') };
      before = after;
      done.push({ create: created - begin, start: started - created, cpu });
    }
  };
  await Promise.all(Array.from({ length: Number(values.at_once) }, worker));
  return done;
}

function show(what: string, first: number, last: number): void {
  const ratio = (last / first).toFixed(2);
  process.stdout.write(`${what}: first ${first.toFixed(1)} ms, last ${last.toFixed(1)} ms, ratio ${ratio}\n`);
}

function report(done: One[]): void {
  const [first, last] = [done.slice(0, WINDOW), done.slice(-WINDOW)];
  for (const what of ['create', 'start'] as const)
    show(
      `${what}, median`,
      ...([first, last].map((part) => median(part.map((one) => one[what]))) as [number, number]),
    );
  for (const program of ['daemon', 'coal', 'containerd'] as const) {
    const mean = (part: One[]): number => part.reduce((sum, one) => sum + one.cpu[program], 0) / part.length;
    show(`CPU of ${program} per container`, mean(first), mean(last));
  }
}

const dir = await mkdtemp('/tmp/sdct-bench-');
const registry = await startRegistry(dir);
const agent = new Agent({ keepAlive: true });
try {
  await pushBusybox(registry, 'library/busybox', 'latest');
  const quiet = { daemon: { logLevel: 'info' }, coal: { logLevel: 'info' } };
  const stack = await startStack({ name: 'bench', mirror: registry.url, ...quiet });
  try {
    await stack.ok(['pull', '-q', 'busybox']);
    await stack.ok(['network', 'create', '--subnet', values.subnet, NETWORK]);
    const load = (await readFile('/proc/loadavg', 'utf8')).split(' ')[0];
    process.stdout.write(`load ${load}; first and last ${WINDOW} of ${CONTAINERS}\n`);
    report(await makeAll(stack, caller(stack.socketPath, agent)));
  } finally {
    await stack.stop();
  }
} finally {
  agent.destroy();
  await registry.stop();
  await rm(dir, { recursive: true, force: true });
}
