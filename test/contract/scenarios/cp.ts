// docker cp: the whole table of sources and destinations, both ways, by the CLI.
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Driver } from '../driver.ts';
import { launch, remove, type Scenario } from './scenario.ts';

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
/** With -L only links are something else. */
const LINKS = PAIRS.filter(({ source }) => /^s-(to|dangling)/.test(source));
/** Cases do not touch each other. */
const AT_ONCE = 6;

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

interface Case {
  source: string;
  destination: string;
}

/** Results by case; each writes where no other looks. */
async function play(
  cases: Case[],
  one: (each: Case, i: number) => Promise<object>,
): Promise<Record<string, object>> {
  const out: Record<string, object> = {};
  const todo = [...cases.entries()];
  const worker = async (): Promise<void> => {
    for (let next = todo.shift(); next; next = todo.shift()) {
      const [i, each] = next;
      out[`${each.source} to ${each.destination}`] = await one(each, i);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return out;
}

async function copyIn(d: Driver, name: string, cases: Case[], options: string[]): Promise<unknown> {
  const dir = await mkdtemp('/tmp/sdct-cp-');
  try {
    await makeSources(dir);
    const made = cases.map((_, i) => `mkdir -p /t/${i}; cd /t/${i}; ${DESTINATION_SCRIPT}`);
    await d.cli('exec', name, 'sh', '-c', made.join('\n'));
    const out = await play(cases, async ({ source, destination }, i) =>
      said(await d.cli('cp', ...options, `${dir}/${source}`, `${name}:/t/${i}/${destination}`), dir),
    );
    const lists = cases.map((_, i) => `cd /t/${i} && { ${LIST}; }; echo ==`).join('\n');
    const listed = (await d.cli('exec', name, 'sh', '-c', lists)).stdout.split('==\n');
    cases.forEach(({ source, destination }, i) => {
      Object.assign(out[`${source} to ${destination}`]!, { there: listed[i]?.split('\n') });
    });
    return out;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function copyOut(d: Driver, name: string, cases: Case[], options: string[]): Promise<unknown> {
  const dir = await mkdtemp('/tmp/sdct-cp-');
  try {
    await d.cli('exec', name, 'sh', '-c', `mkdir /s; cd /s; ${SOURCE_SCRIPT}`);
    return await play(cases, async ({ source, destination }, i) => {
      const own = join(dir, String(i));
      await makeDestinations(own);
      const result = await d.cli('cp', ...options, `${name}:/s/${source}`, `${own}/${destination}`);
      return { ...said(result, dir), there: await listHost(own) };
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const WAYS = [
  { way: 'into', copy: copyIn },
  { way: 'out of', copy: copyOut },
];
const KINDS = [
  { flag: '', options: [], cases: PAIRS },
  { flag: ' -L', options: ['-L'], cases: LINKS },
];

export const cpScenarios: Scenario[] = WAYS.flatMap(({ way, copy }) =>
  KINDS.map(({ flag, options, cases }) => ({
    name: `docker cp${flag} ${way} a container: the whole table`,
    async play(d: Driver) {
      const name = `cp-${way.slice(0, 3)}`;
      await launch(d, name);
      const out = await copy(d, name, cases, options);
      await remove(d, name);
      return out;
    },
  })),
);
