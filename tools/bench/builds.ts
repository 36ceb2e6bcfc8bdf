// Bench scenarios of docker build (the classic builder) and docker commit.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario, Side } from './scenarios.ts';

const DOCKERFILE = `FROM busybox
ENV A=1
WORKDIR /work
COPY files /work/
RUN echo $A >made
RUN cat made && touch /done
CMD ["true"]
`;

/** `ok` runs the CLI and throws unless it exits 0. */
export function builds(ok: (side: Side, ...args: string[]) => Promise<string>): Scenario[] {
  const dirs: Record<string, string> = {};
  const ids: Record<string, string> = {};
  const prepare = async (side: Side): Promise<void> => {
    const dir = await mkdtemp('/tmp/sdct-bench-build-');
    dirs[side.name] = dir;
    await mkdir(join(dir, 'files'));
    for (let n = 0; n < 100; n++) await writeFile(join(dir, 'files', `f${n}`), `file ${n}\n`);
    await writeFile(join(dir, 'Dockerfile'), DOCKERFILE);
  };
  const cleanUp = (side: Side) => rm(dirs[side.name]!, { recursive: true, force: true });
  const build = (side: Side, ...more: string[]) => ok(side, 'build', '-q', ...more, dirs[side.name]!);
  return [
    {
      name: 'build --no-cache of six steps',
      bar: null,
      rounds: 6,
      prepare,
      run: async (side) => void (await build(side, '--no-cache')),
      after: async (side) => void (await ok(side, 'image', 'prune', '-f')),
      cleanUp,
    },
    {
      name: 'build, all in the cache',
      bar: null,
      rounds: 8,
      async prepare(side) {
        await prepare(side);
        await build(side, '-t', 'cached');
      },
      run: async (side) => void (await build(side)),
      async cleanUp(side) {
        await cleanUp(side);
        await ok(side, 'rmi', 'cached');
      },
    },
    {
      name: 'commit of 50 MB',
      bar: null,
      rounds: 4,
      async prepare(side) {
        const make = 'dd if=/dev/urandom of=/big bs=1M count=50 2>/dev/null';
        await ok(side, 'run', '--name', 'bench-commit', 'busybox', 'sh', '-c', make);
      },
      async run(side) {
        ids[side.name] = await ok(side, 'commit', 'bench-commit');
      },
      after: async (side) => void (await ok(side, 'rmi', ids[side.name]!)),
      cleanUp: async (side) => void (await ok(side, 'rm', 'bench-commit')),
    },
  ];
}
