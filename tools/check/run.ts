// `make check`: every check and every test, the quick ones side by side, one summary, non-zero when anything fails.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { listLeaks } from './leaks.ts';

const root = resolve(import.meta.dirname, '../..');
const node = process.execPath;

interface Step {
  name: string;
  args: string[];
}
/** Integration tests of one room of lib need no stack; those of the stack need its two programs. */
const roomTests = 'test/integration/{containerd,cn-agent,net,stdio,coal,registry,imgapi,server}/**/*.test.ts';
const stackTests =
  'test/integration/{build,containers,exec,health,images,system,events,network,volumes,crash,start}/**/*.test.ts';
const stackIsBuilt = ['src/main.ts', 'lib/coal/main.ts'].every((file) => existsSync(resolve(root, file)));

/** Steps of one wave run side by side; waves run one after the other (two cores: tests must not starve each other). */
const waves: Step[][] = [
  [
    { name: 'types', args: ['node_modules/typescript/bin/tsc', '--noEmit'] },
    { name: 'lint', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'] },
    { name: 'structure', args: ['tools/check/structure.ts'] },
  ],
  [{ name: 'unit', args: ['--test', 'test/unit/**/*.test.ts'] }],
  [{ name: 'integration, rooms', args: ['--test', '--test-concurrency=2', roomTests] }],
];
if (existsSync(resolve(root, 'tools/generate-divergence.ts'))) {
  waves[0]!.push({ name: 'docs', args: ['tools/generate-divergence.ts', '--check'] });
}
if (stackIsBuilt) {
  waves.push(
    [{ name: 'integration, stack', args: ['--test', '--test-concurrency=2', stackTests] }],
    // Alone: it would starve whatever runs beside it.
    [{ name: 'races', args: ['--test', '--test-concurrency=1', 'test/integration/races/**/*.test.ts'] }],
    [{ name: 'clients', args: ['--test', '--test-concurrency=2', 'test/clients/**/*.test.ts'] }],
    [{ name: 'contract', args: ['--test', '--test-concurrency=1', 'test/contract/**/*.test.ts'] }],
  );
}

interface Result {
  step: Step;
  code: number;
  seconds: number;
  /** Of tests: what failed, and why. */
  failures: string;
}

async function run(step: Step): Promise<Result> {
  const started = performance.now();
  const failures = join(notes, step.name);
  const [first, ...rest] = step.args;
  const args = first === '--test' ? [...reportTo(failures), ...rest] : step.args;
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  const seconds = (performance.now() - started) / 1000;
  return { step, code: code ?? 1, seconds, failures: await readFile(failures, 'utf8').catch(() => '') };
}

/** Everything to the terminal, as without; what failed also to `file`. */
function reportTo(file: string): string[] {
  return [
    '--test',
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./tools/check/failures.ts', `--test-reporter-destination=${file}`],
  ];
}

/** What these tests left on the machine; what was there before them is another's. */
async function leaksSince(before: string[]): Promise<Result> {
  const started = performance.now();
  const leaks = (await listLeaks()).filter((leak) => !before.includes(leak));
  const seconds = (performance.now() - started) / 1000;
  const failures = leaks.map((leak) => `leak: ${leak}\n`).join('');
  return { step: { name: 'leaks', args: [] }, code: leaks.length === 0 ? 0 : 1, seconds, failures };
}

const before = await listLeaks();
for (const found of before) process.stderr.write(`on this machine before the tests: ${found}\n`);
// No name of a test: it is no leak.
const notes = await mkdtemp('/tmp/sdc-docker-check-');
const results: Result[] = [];
for (const wave of waves) results.push(...(await Promise.all(wave.map(run))));
results.push(await leaksSince(before));
await rm(notes, { recursive: true });
// Last of all, where whoever sees only the end of the output looks.
for (const { failures } of results) process.stdout.write(failures);
for (const { step, code, seconds } of results) {
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} ${seconds.toFixed(1)} s\n`);
}
if (!stackIsBuilt) {
  process.stdout.write(
    'NOT RUN: integration of the whole stack, and contract: src/main.ts or lib/coal/main.ts is not built yet\n',
  );
}
process.exit(results.some((result) => result.code !== 0) ? 1 : 0);
