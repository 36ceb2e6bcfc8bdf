// `make bench`: the same docker CLI commands against sdc-docker and a real dockerd, in turns, in one run; medians and ratios.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Dockerd, startDockerd } from '#test/harness/dockerd.ts';
import { pushBusybox, startRegistry } from '#test/harness/registry.ts';
import { run, type Stack, startStack } from '#test/harness/stack.ts';
import { memoryRows } from './memory.ts';
import { type Row, type Side, scenarios } from './scenarios.ts';
import { statsRows } from './stats.ts';
import { table } from './table.ts';

const { values } = parseArgs({
  options: {
    /** Only scenarios whose name holds this text. */
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '' },
    /** Where the JSON goes. */
    json: { type: 'string', default: 'bench.json' },
  },
});

const dir = await mkdtemp('/tmp/sdct-bench-');
const registry = await startRegistry(dir);
const rows: Row[] = [];
let stack: Stack | null = null;
let dockerd: Dockerd | null = null;
try {
  await pushBusybox(registry, 'library/busybox', 'latest');
  stack = await startStack({
    name: 'bench',
    mirror: registry.url,
    daemon: { logLevel: 'info' },
    coal: { logLevel: 'info' },
  });
  dockerd = await startDockerd({ mirror: registry.url });
  const ours: Side = { name: 'sdc-docker', docker: stack.docker, host: stack.host };
  const theirs: Side = { name: 'dockerd', docker: dockerd.docker, host: dockerd.host };
  for (const side of [ours, theirs]) {
    const pulled = await side.docker(['pull', '-q', 'busybox']);
    if (pulled.code !== 0) throw new Error(`${side.name} cannot pull busybox: ${pulled.stderr}`);
  }
  const measured = scenarios(registry).filter(({ name }) => name.includes(values.only));
  for (const scenario of measured) {
    const rounds = values.rounds ? Number(values.rounds) : scenario.rounds;
    for (const side of [ours, theirs]) await scenario.prepare?.(side);
    const times: Record<string, number[]> = { 'sdc-docker': [], dockerd: [] };
    for (let round = 0; round < rounds; round++) {
      // In turns, and each goes first as often as the other.
      for (const side of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) {
        const context = await scenario.before?.(side);
        // Whoever syncs a file pays for the other's unwritten pages on the same disk: each begins without.
        await run('sync', []);
        const started = performance.now();
        await scenario.run(side, context ?? '');
        times[side.name]!.push(performance.now() - started);
        await scenario.after?.(side, context ?? '');
      }
    }
    for (const side of [ours, theirs]) await scenario.cleanUp?.(side);
    const row: Row = {
      name: scenario.name,
      bar: scenario.bar,
      unit: 'ms',
      ours: times['sdc-docker']!,
      theirs: times.dockerd!,
    };
    rows.push(row);
    process.stderr.write(`${table([row]).split('\n').at(-2)}\n`);
  }
  for (const { cleanUpLast } of measured) for (const side of [ours, theirs]) await cleanUpLast?.(side);
  if ('stats'.includes(values.only)) rows.push(...(await statsRows(stack, dockerd, ours, theirs)));
  if ('memory'.includes(values.only)) rows.push(...(await memoryRows(stack, dockerd, ours, theirs)));
} finally {
  await stack?.stop();
  await dockerd?.stop();
  await registry.stop();
  await rm(dir, { recursive: true, force: true });
}
process.stdout.write(table(rows));
await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);
process.stdout.write(`\nAll times in ${values.json}.\n`);
