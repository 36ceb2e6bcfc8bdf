// Resident memory of all our processes, idle and per running container, beside dockerd's.
import { readFile } from 'node:fs/promises';
import type { Dockerd } from '#test/harness/dockerd.ts';
import type { Stack } from '#test/harness/stack.ts';
import { pidsWith } from '../clean-instance.ts';
import type { Row, Side } from './scenarios.ts';

const CONTAINERS = 10;

/** MiB of proportional set size: memory shared between processes counts once. */
async function pssOf(pids: number[]): Promise<number> {
  let kib = 0;
  for (const pid of new Set(pids)) {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    kib += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  }
  return kib / 1024;
}

/** Two rows: everything idle, and what each of ten running containers adds. */
export async function memoryRows(stack: Stack, dockerd: Dockerd, ours: Side, theirs: Side): Promise<Row[]> {
  const sides = [
    { side: ours, pids: () => pidsWith(stack.dir) },
    { side: theirs, pids: async () => [dockerd.pid, ...(await pidsWith(dockerd.dir))] },
  ];
  const idle: number[] = [];
  const each: number[] = [];
  for (const { side, pids } of sides) {
    const before = await pssOf(await pids());
    const ids: string[] = [];
    for (let i = 0; i < CONTAINERS; i++) {
      const r = await side.docker(['run', '-d', 'busybox', 'sleep', '100000']);
      if (r.code !== 0) throw new Error(`${side.name}: docker run exited ${r.code}: ${r.stderr}`);
      ids.push(r.stdout.trim());
    }
    const after = await pssOf(await pids());
    await side.docker(['rm', '-f', ...ids]);
    idle.push(before);
    each.push((after - before) / CONTAINERS);
  }
  return [
    {
      name: 'memory idle, all processes (PSS)',
      bar: null,
      unit: 'MiB',
      ours: [idle[0]!],
      theirs: [idle[1]!],
    },
    {
      name: 'memory per running container (PSS)',
      bar: null,
      unit: 'MiB',
      ours: [each[0]!],
      theirs: [each[1]!],
    },
  ];
}
