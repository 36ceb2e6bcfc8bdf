// Bench scenarios of docker cp: one big file and many small ones, in and out of a running container.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario, Side } from './scenarios.ts';

const MEGABYTE = 1 << 20;
const BIG_MEGABYTES = 500;
const FILES = 20_000;
const FILES_PER_DIR = 200;

/** `ok` runs the CLI and throws unless it exits 0. */
export function copies(ok: (side: Side, ...args: string[]) => Promise<string>): Scenario[] {
  const dirs: Record<string, string> = {};
  const ids: Record<string, string> = {};
  const prepare = async (side: Side): Promise<void> => {
    dirs[side.name] = await mkdtemp('/tmp/sdct-bench-cp-');
    ids[side.name] = await ok(side, 'run', '-d', 'busybox', 'sleep', '100000');
  };
  const cleanUp = async (side: Side): Promise<void> => {
    await side.docker(['rm', '-f', ids[side.name]!]);
    await rm(dirs[side.name]!, { recursive: true, force: true });
  };
  const there = (side: Side, name: string) => join(dirs[side.name]!, name);
  const inside = (side: Side, name: string) => `${ids[side.name]}:/tmp/${name}`;
  const clear = (side: Side) => ok(side, 'exec', ids[side.name]!, 'sh', '-c', 'rm -rf /tmp/*');

  const both = (what: string, rounds: number, make: (dir: string) => Promise<void>): Scenario[] => [
    {
      name: `cp in of ${what}`,
      bar: 1.0,
      rounds,
      prepare: async (side) => {
        await prepare(side);
        await make(there(side, 'data'));
      },
      run: async (side) => void (await ok(side, 'cp', '-q', there(side, 'data'), inside(side, 'data'))),
      after: async (side) => void (await clear(side)),
      cleanUp,
    },
    {
      name: `cp out of ${what}`,
      bar: 1.0,
      rounds,
      prepare: async (side) => {
        await prepare(side);
        await make(there(side, 'data'));
        await ok(side, 'cp', '-q', there(side, 'data'), inside(side, 'data'));
      },
      run: async (side) => void (await ok(side, 'cp', '-q', inside(side, 'data'), there(side, 'copy'))),
      after: (side) => rm(there(side, 'copy'), { recursive: true, force: true }),
      cleanUp,
    },
  ];
  return [
    ...both('500 MB', 4, makeBig),
    ...both('20,000 small files', 4, makeSmall),
    ...both('one small file', 12, (path) => writeFile(path, 'hello\n')),
  ];
}

async function makeBig(path: string): Promise<void> {
  const noise = randomBytes(MEGABYTE);
  const file = await open(path, 'w');
  for (let i = 0; i < BIG_MEGABYTES; i++) await file.write(noise);
  await file.close();
}

async function makeSmall(path: string): Promise<void> {
  for (let i = 0; i < FILES / FILES_PER_DIR; i++) {
    const dir = join(path, `dir${i}`);
    await mkdir(dir, { recursive: true });
    const names = Array.from({ length: FILES_PER_DIR }, (_, n) => join(dir, `file${n}`));
    await Promise.all(names.map((name) => writeFile(name, `contents of ${name}\n`.repeat(20))));
  }
}
