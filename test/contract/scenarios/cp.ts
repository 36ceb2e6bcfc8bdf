// docker cp: the whole table of sources and destinations, both ways, by the CLI.
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Driver } from '../driver.ts';
import { launch, remove, type Scenario, SLEEP } from './scenario.ts';

/** In each case's own folder; `s-…` are sources. */
const SOURCES = [
  's-file',
  's-dir',
  's-dir/',
  's-dir/.',
  's-to-file',
  's-to-dir',
  's-to-dir/',
  's-to-dir/.',
  's-none',
  's-file/',
  's-dangling',
];
const DESTINATIONS = [
  ...[
    'file',
    'file/',
    'dir',
    'dir/',
    'dir/.',
    'new',
    'new/',
    'new/.',
    'none/new',
    'to-file',
    'to-dir',
    'to-dir/',
    'to-none',
  ],
  ...['s-dir-again', 'file/under'],
];

const PAIRS = SOURCES.flatMap((source) => DESTINATIONS.map((destination) => ({ source, destination })));

/** As a shell script, for the container. */
const SOURCE_SCRIPT = `echo one > s-file; mkdir s-dir; echo two > s-dir/inner; ln -s inner s-dir/link;
  ln -s s-file s-to-file; ln -s s-dir s-to-dir; ln -s nowhere s-dangling`;
const DESTINATION_SCRIPT = `echo old > file; mkdir dir; echo kept > dir/kept; ln -s file to-file; ln -s dir to-dir; ln -s nowhere to-none;
  mkdir -p s-dir-again/s-dir; echo kept > s-dir-again/s-dir/kept`;
const LIST = `find . | sort | while read -r f; do if [ -L "$f" ]; then echo "$f -> $(readlink "$f")"; elif [ -d "$f" ]; then echo "$f/";
  else echo "$f: $(cat "$f")"; fi; done`;

async function makeSources(dir: string): Promise<void> {
  await writeFile(join(dir, 's-file'), 'one\n');
  await mkdir(join(dir, 's-dir'));
  await writeFile(join(dir, 's-dir/inner'), 'two\n');
  await symlink('inner', join(dir, 's-dir/link'));
  await symlink('s-file', join(dir, 's-to-file'));
  await symlink('s-dir', join(dir, 's-to-dir'));
  await symlink('nowhere', join(dir, 's-dangling'));
}

async function makeDestinations(dir: string): Promise<void> {
  await mkdir(dir);
  await writeFile(join(dir, 'file'), 'old\n');
  await mkdir(join(dir, 'dir'));
  await writeFile(join(dir, 'dir/kept'), 'kept\n');
  await symlink('file', join(dir, 'to-file'));
  await symlink('dir', join(dir, 'to-dir'));
  await symlink('nowhere', join(dir, 'to-none'));
  await mkdir(join(dir, 's-dir-again/s-dir'), { recursive: true });
  await writeFile(join(dir, 's-dir-again/s-dir/kept'), 'kept\n');
}

async function listHost(dir: string, at = '.'): Promise<string[]> {
  const out = [at === '.' ? './' : `${at}/`];
  for (const entry of (await readdir(join(dir, at), { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = at === '.' ? `./${entry.name}` : `${at}/${entry.name}`;
    if (entry.isDirectory()) out.push(...(await listHost(dir, path)));
    else if (entry.isSymbolicLink()) out.push(`${path} -> ${await readlink(join(dir, path))}`);
    else out.push(`${path}: ${(await readFile(join(dir, path), 'utf8')).trim()}`);
  }
  return out.sort();
}

/** The CLI's own progress and paths of this machine are no answer of the daemon. */
const said = ({ code, stderr }: { code: number; stderr: string }, dir: string) => ({
  code,
  stderr: stderr
    .replaceAll(dir, '<dir>')
    .split('\n')
    .filter((line) => !/^(time="|Preparing|Successfully copied)/.test(line)),
});

async function copyIn(d: Driver, name: string, follow: boolean): Promise<unknown> {
  const dir = await mkdtemp('/tmp/sdct-cp-');
  try {
    await makeSources(dir);
    const cases = PAIRS.map((_, i) => `mkdir -p /t/${i}; cd /t/${i}; ${DESTINATION_SCRIPT}`).join('\n');
    await d.cli('exec', name, 'sh', '-c', cases);
    const out: Record<string, unknown> = {};
    for (const [i, { source, destination }] of PAIRS.entries()) {
      const options = follow ? ['-L'] : [];
      const result = await d.cli(
        'cp',
        ...options,
        `${dir}/${source}`,
        `${name}:/t/${i}/${destination}`,
      );
      out[`${source} to ${destination}`] = said(result, dir);
    }
    const lists = PAIRS.map((_, i) => `cd /t/${i} && { ${LIST}; }; echo ==`).join('\n');
    const { stdout } = await d.cli('exec', name, 'sh', '-c', lists);
    const listed = stdout.split('==\n');
    PAIRS.forEach(({ source, destination }, i) => {
      Object.assign(out[`${source} to ${destination}`] as object, { there: listed[i]?.split('\n') });
    });
    return out;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function copyOut(d: Driver, name: string): Promise<unknown> {
  const dir = await mkdtemp('/tmp/sdct-cp-');
  try {
    await d.cli('exec', name, 'sh', '-c', `mkdir /s; cd /s; ${SOURCE_SCRIPT}`);
    const out: Record<string, unknown> = {};
    for (const [i, { source, destination }] of PAIRS.entries()) {
      await makeDestinations(join(dir, String(i)));
      const result = await d.cli('cp', `${name}:/s/${source}`, `${dir}/${i}/${destination}`);
      out[`${source} to ${destination}`] = {
        ...said(result, dir),
        there: await listHost(join(dir, String(i))),
      };
    }
    return out;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export const cpScenarios: Scenario[] = [
  ...[false, true].map((follow) => ({
    name: `docker cp${follow ? ' -L' : ''} into a container: the whole table`,
    async play(d: Driver) {
      await launch(d, 'ci');
      const out = await copyIn(d, 'ci', follow);
      await remove(d, 'ci');
      return out;
    },
  })),
  {
    name: 'docker cp out of a container: the whole table',
    async play(d) {
      await launch(d, 'co', { ...SLEEP });
      const out = await copyOut(d, 'co');
      await remove(d, 'co');
      return out;
    },
  },
];
