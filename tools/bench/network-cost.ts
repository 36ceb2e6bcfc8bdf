// What a network adds to `docker run`: the same run without one, on the default network and on one of its own, in turns; ours, then dockerd's.
import { mkdtemp, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startDockerd } from '#test/harness/dockerd.ts';
import { pushBusybox, startRegistry } from '#test/harness/registry.ts';
import { type CliResult, startStack } from '#test/harness/stack.ts';
import { median } from './table.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    /** Beside a dockerd, not ours alone. */
    dockerd: { type: 'boolean', default: false },
  },
});

const NAME = 'bench-cost';
const KINDS: Record<string, string[]> = {
  none: ['--network', 'none'],
  default: [],
  NAME: ['--network', NAME],
  '-p': ['-p', '20503:80'],
};

type Docker = (args: string[]) => Promise<CliResult>;

async function ok(docker: Docker, ...args: string[]): Promise<void> {
  const { code, stderr } = await docker(args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} exited ${code}: ${stderr}`);
}

/** Prints the times of each kind, and what each is above none. */
async function measure(side: string, docker: Docker): Promise<void> {
  await ok(docker, 'pull', '-q', 'busybox');
  await ok(docker, 'network', 'create', NAME);
  const kinds = Object.keys(KINDS);
  const times = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
  // One round more in front, which warms up.
  for (let round = 0; round <= Number(values.rounds); round++) {
    // Who comes first changes, or the one behind a certain other would always pay for its leftovers.
    for (let at = 0; at < kinds.length; at++) {
      const kind = kinds[(at + round) % kinds.length]!;
      const started = performance.now();
      await ok(docker, 'run', '--rm', ...KINDS[kind]!, 'busybox', 'true');
      if (round > 0) times.get(kind)!.push(performance.now() - started);
    }
  }
  const none = times.get('none')!;
  for (const [kind, list] of times) {
    // Round by round: what else the machine does is the same for both.
    const above = median(list.map((ms, round) => ms - none[round]!));
    const [least, middle] = [Math.min(...list), median(list)];
    process.stdout.write(
      `${side} ${kind}: least ${least.toFixed(0)} ms, median ${middle.toFixed(0)} ms, over none ${above.toFixed(0)} ms\n`,
    );
  }
  await ok(docker, 'network', 'rm', NAME);
}

const dir = await mkdtemp('/tmp/sdct-bench-');
const registry = await startRegistry(dir);
try {
  await pushBusybox(registry, 'library/busybox', 'latest');
  const quiet = { daemon: { logLevel: 'info' }, coal: { logLevel: 'info' } };
  const stack = await startStack({ name: 'bench', mirror: registry.url, ...quiet });
  await measure('sdc-docker', stack.docker).finally(() => stack.stop());
  if (values.dockerd) {
    const dockerd = await startDockerd({ mirror: registry.url });
    await measure('dockerd', dockerd.docker).finally(() => dockerd.stop());
  }
} finally {
  await registry.stop();
  await rm(dir, { recursive: true, force: true });
}
