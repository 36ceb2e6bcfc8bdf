// `make check`: every check and every test, the quick ones side by side, one summary, non-zero when anything fails.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
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

function run(step: Step): Promise<{ step: Step; code: number; seconds: number }> {
  const started = performance.now();
  return new Promise((done) => {
    const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...step.args], {
      cwd: root,
      stdio: 'inherit',
    });
    child.on('exit', (code) =>
      done({ step, code: code ?? 1, seconds: (performance.now() - started) / 1000 }),
    );
  });
}

/** What these tests left on the machine; what was there before them is another's. */
async function leaksSince(before: string[]): Promise<{ step: Step; code: number; seconds: number }> {
  const started = performance.now();
  const leaks = (await listLeaks()).filter((leak) => !before.includes(leak));
  for (const leak of leaks) process.stderr.write(`leak: ${leak}\n`);
  const seconds = (performance.now() - started) / 1000;
  return { step: { name: 'leaks', args: [] }, code: leaks.length === 0 ? 0 : 1, seconds };
}

const before = await listLeaks();
for (const found of before) process.stderr.write(`on this machine before the tests: ${found}\n`);
const results = [];
for (const wave of waves) results.push(...(await Promise.all(wave.map(run))));
results.push(await leaksSince(before));
for (const { step, code, seconds } of results) {
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} ${seconds.toFixed(1)} s\n`);
}
if (!stackIsBuilt) {
  process.stdout.write(
    'NOT RUN: integration of the whole stack, and contract: src/main.ts or lib/coal/main.ts is not built yet\n',
  );
}
process.exit(results.some((result) => result.code !== 0) ? 1 : 0);
