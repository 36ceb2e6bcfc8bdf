// Bench row of compose: a project of ten services with ten containers each comes up on its own network.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Compose, findComposes } from '#test/clients/compose-programs.ts';
import { run as runProgram } from '#test/harness/stack.ts';
import type { Scenario, Side } from './scenarios.ts';

const SERVICES = 10;
const SCALE = 10;

/** The newer compose is what people have; Debian's 1.29 stands in where there is no Go to build that. */
async function newest(): Promise<Compose> {
  const { composes, missing } = await findComposes();
  const found = composes.find(({ name }) => name.startsWith('v2')) ?? composes.at(-1);
  if (!found) throw new Error(`no compose: ${missing.join('; ')}`);
  return found;
}

export function compose(): Scenario[] {
  let program: Compose | null = null;
  const dirs: Record<string, string> = {};
  const play = async (side: Side, ...args: string[]): Promise<void> => {
    program ??= await newest();
    const env = { DOCKER_HOST: side.host, COMPOSE_HTTP_TIMEOUT: '300' };
    const all = ['-p', 'benchup', '-f', join(dirs[side.name]!, 'compose.yaml'), ...args];
    const r = await runProgram(program.program, all, { env, timeoutMs: 300_000 });
    if (r.code !== 0)
      throw new Error(
        `${side.name}: ${program.name} ${args.join(' ')} exited ${r.code}: ${r.stderr.slice(-2000)}`,
      );
  };
  return [
    {
      name: `${SERVICES * SCALE} containers up by compose`,
      bar: 0.7,
      rounds: 2,
      prepare: async (side) => {
        const dir = await mkdtemp('/tmp/sdct-bench-compose-');
        dirs[side.name] = dir;
        await writeFile(join(dir, 'compose.yaml'), project());
      },
      run: (side) => play(side, 'up', '-d'),
      after: (side) => play(side, 'down', '-t', '0'),
      cleanUp: (side) => rm(dirs[side.name]!, { recursive: true, force: true }),
    },
  ];
}

function project(): string {
  const service = (_unused: unknown, i: number): string =>
    `  s${i}:\n    image: busybox\n    command: sleep 100000\n    scale: ${SCALE}\n`;
  return `version: "2.4"\nservices:\n${Array.from({ length: SERVICES }, service).join('')}`;
}
