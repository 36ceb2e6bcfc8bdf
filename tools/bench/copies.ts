// Bench scenarios of docker cp: one big file and many small ones, in and out of a running container.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario, Side } from './scenarios.ts';

const MEGABYTE = 1 << 20;
const BIG_MEGABYTES = 500;
const FILES = 20_000;
const FILES_PER_DIR = 200;

type Ok = (side: Side, ...args: string[]) => Promise<string>;

interface Copied {
  what: string;
  rounds: number;
  make(path: string): Promise<void>;
  /** Nothing is deleted until all is measured. */
  keep?: boolean;
}

/** `ok` runs the CLI and throws unless it exits 0. */
export function copies(ok: Ok): Scenario[] {
  const all: Copied[] = [
    { what: '500 MB', rounds: 4, make: makeBig },
    // ext4 passes by what was deleted in the last minutes, one by one, for each new file (recently_deleted in fs/ext4/ialloc.c).
    { what: '20,000 small files', rounds: 4, make: makeSmall, keep: true },
    { what: 'one small file', rounds: 12, make: (path) => writeFile(path, 'hello\n') },
  ];
  return all.flatMap((copied) => [copy(ok, copied, 'in'), copy(ok, copied, 'out')]);
}

function copy(ok: Ok, { what, rounds, make, keep }: Copied, way: 'in' | 'out'): Scenario {
  const dirs: Record<string, string> = {};
  const ids: Record<string, string> = {};
  const there = (side: Side, name: string) => join(dirs[side.name]!, name);
  const inside = (side: Side, name: string) => `${ids[side.name]}:/tmp/${name}`;
  let round = 0;
  const cleanUp = async (side: Side): Promise<void> => {
    await side.docker(['rm', '-f', ids[side.name]!]);
    await rm(dirs[side.name]!, { recursive: true, force: true });
  };
  return {
    name: `cp ${way} of ${what}`,
    bar: 1.0,
    rounds,
    async prepare(side) {
      dirs[side.name] = await mkdtemp('/tmp/sdct-bench-cp-');
      ids[side.name] = await ok(side, 'run', '-d', 'busybox', 'sleep', '100000');
      await make(there(side, 'data'));
      if (way === 'out') await ok(side, 'cp', '-q', there(side, 'data'), inside(side, 'data'));
    },
    before: async () => `copy${round++}`,
    async run(side, name) {
      const [from, to] =
        way === 'in' ? [there(side, 'data'), inside(side, name)] : [inside(side, 'data'), there(side, name)];
      await ok(side, 'cp', '-q', from, to);
    },
    async after(side, name) {
      if (keep) return;
      if (way === 'in') await ok(side, 'exec', ids[side.name]!, 'rm', '-rf', `/tmp/${name}`);
      else await rm(there(side, name), { recursive: true, force: true });
    },
    ...(keep ? { cleanUpLast: cleanUp } : { cleanUp }),
  };
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
