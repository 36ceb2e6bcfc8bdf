// A build's own folder below the daemon's state: its context, what is copied between stages, and the names of its containers.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeTree } from '#lib/process/remove-tree.ts';

const run = promisify(execFile);
const CONTAINERS = 'containers';

export interface WorkDir {
  /** A folder in it, new and empty. */
  folder(): Promise<string>;
  /** A container's name, noted before the container is made: the next life of the daemon removes what is left. */
  containerName(account: string): Promise<string>;
  remove(): Promise<void>;
}

export function buildsDir(stateDir: string): string {
  return join(stateDir, 'builds');
}

export async function makeWorkDir(stateDir: string): Promise<WorkDir> {
  const name = `build_${randomBytes(6).toString('hex')}`;
  const path = join(buildsDir(stateDir), name);
  await mkdir(path, { recursive: true, mode: 0o700 });
  let count = 0;
  return {
    async folder() {
      const folder = join(path, `f${count++}`);
      await mkdir(folder, { mode: 0o700 });
      return folder;
    },
    async containerName(account) {
      const container = `${name}_${count++}`;
      await appendFile(join(path, CONTAINERS), `${account} ${container}\n`);
      return container;
    },
    remove: () => removeBuild(path),
  };
}

/** Folders of builds that a former life left, each with the containers it may have left too. */
export async function leftBuilds(
  stateDir: string,
): Promise<{ path: string; containers: { account: string; name: string }[] }[]> {
  const names = await readdir(buildsDir(stateDir)).catch(() => []);
  return Promise.all(
    names.map(async (entry) => {
      const path = join(buildsDir(stateDir), entry);
      const text = await readFile(join(path, CONTAINERS), 'utf8').catch(() => '');
      const containers = text
        .split('\n')
        .map((row) => row.split(' '))
        .filter((row) => row.length === 2)
        .map(([account, name]) => ({ account: account!, name: name! }));
      return { path, containers };
    }),
  );
}

/** A context may hold folders that even their owner may not write. */
export async function removeBuild(path: string): Promise<void> {
  await removeTree(path).catch(async () => {
    await run('chmod', ['-R', 'u+rwX', path]).catch(() => undefined);
    await removeTree(path);
  });
}
