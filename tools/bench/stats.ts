// CPU time of all processes of each daemon while a client watches a hundred containers by `docker stats`.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dockerd } from '#test/harness/dockerd.ts';
import { type Stack, waitUntil } from '#test/harness/stack.ts';
import { pidsWith } from '../clean-instance.ts';
import type { Row, Side } from './scenarios.ts';

const CONTAINERS = 100;
const SECONDS = 10;
/** A clock tick of /proc/<pid>/stat. ms */
const TICK = 10;

/** ms of user and system time; a process that has ended since counts no more. */
export async function cpuOf(pids: number[]): Promise<Map<number, number>> {
  const used = new Map<number, number>();
  for (const pid of new Set(pids)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields) used.set(pid, (Number(fields[11]) + Number(fields[12])) * TICK);
  }
  return used;
}

/** One row: what ten seconds of `docker stats` cost, beyond what the same ten seconds cost without. */
export async function statsRows(stack: Stack, dockerd: Dockerd, ours: Side, theirs: Side): Promise<Row[]> {
  const sides = [
    { side: ours, pids: () => pidsWith(stack.dir) },
    { side: theirs, pids: async () => [dockerd.pid, ...(await pidsWith(dockerd.dir))] },
  ];
  const spent: number[] = [];
  for (const { side, pids } of sides) {
    const ids: string[] = [];
    for (let i = 0; i < CONTAINERS; i++) {
      const r = await side.docker(['run', '-d', '--network', 'none', 'busybox', 'sleep', '100000']);
      if (r.code !== 0) throw new Error(`${side.name}: docker run exited ${r.code}: ${r.stderr}`);
      ids.push(r.stdout.trim());
    }
    const idle = await during(pids);
    const watched = await watching(side, () => during(pids));
    await side.docker(['rm', '-f', ...ids], { timeoutMs: 300_000 });
    spent.push(Math.max(watched - idle, TICK));
  }
  const name = `CPU of ${SECONDS} s docker stats, ${CONTAINERS} containers`;
  return [{ name, bar: 0.5, unit: 'ms', ours: [spent[0]!], theirs: [spent[1]!] }];
}

async function during(pids: () => Promise<number[]>): Promise<number> {
  const before = await cpuOf(await pids());
  await delay(SECONDS * 1000);
  const after = await cpuOf([...before.keys()]);
  return [...after].reduce((sum, [pid, used]) => sum + used - (before.get(pid) ?? 0), 0);
}

async function watching(side: Side, measure: () => Promise<number>): Promise<number> {
  const env = { ...process.env, DOCKER_HOST: side.host };
  const cli = spawn('docker', ['stats'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let table = '';
  cli.stdout.on('data', (text: Buffer) => {
    table = (table + text.toString()).slice(-100_000);
  });
  try {
    await waitUntil('a whole table has numbers', () => {
      const whole = table.split('CONTAINER ID').at(-2) ?? '';
      return (whole.match(/\d% /g) ?? []).length >= CONTAINERS;
    });
    return await measure();
  } finally {
    cli.kill();
  }
}
