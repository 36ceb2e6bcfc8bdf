// The structure rules that house.md states, each a small function over the list of source files.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const MAX_LINES = 500;
/** lib's floors, top first: a room imports only rooms further down, and the leaves. */
const FLOORS = ['triton', 'store', 'coal', 'registry', 'cn-agent', 'containerd', 'net'];
const LEAVES = new Set(['wire', 'docker-vm', 'fw-rules', 'sqlite', 'settings', 'process']);
const FORBIDDEN_NAMES = /(^|\/)(common|utils?|helpers?|misc)(\.ts|\/)/;

interface Source {
  path: string;
  text: string;
}

const sources: Source[] = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && !path.includes('/generated/'))
  .flatMap((path) => {
    try {
      return [{ path, text: readFileSync(resolve(root, path), 'utf8') }];
    } catch {
      return []; // deleted in the work tree
    }
  });

function fileSize({ path, text }: Source): string[] {
  const lines = text.split('\n').length - 1;
  return lines > MAX_LINES ? [`${path}: ${lines} lines (at most ${MAX_LINES})`] : [];
}

function fileHead({ path, text }: Source): string[] {
  return /^(#!.*\n)?(\/\/|\/\*)/.test(text) ? [] : [`${path}: opens with no sentence that says what it is`];
}

function names({ path }: Source): string[] {
  const bad = FORBIDDEN_NAMES.test(path) || !/^[a-z0-9./-]+\.ts$/.test(path);
  return bad ? [`${path}: file names are kebab-case and say what is inside`] : [];
}

/** Room of an imported or importing path: ['lib', 'coal'] or ['src', 'containers']. */
function room(path: string): [string, string] {
  const [floor = '', name = ''] = path.split('/');
  return [floor, name];
}

function importDirection({ path, text }: Source): string[] {
  const problems: string[] = [];
  const [floor, own] = room(path);
  // Types may be named upward: they vanish at run time.
  for (const match of text.matchAll(/^(import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'/gm)) {
    const typeOnly = match[2] !== undefined;
    const spec = match[3]!;
    const target = spec.startsWith('#')
      ? spec.slice(1)
      : spec.startsWith('.')
        ? resolve('/', path, '..', spec).slice(1)
        : null;
    if (target === null) continue;
    const [toFloor, to] = room(target);
    if (floor === 'lib' && toFloor === 'src') problems.push(`${path}: lib must not import src (${spec})`);
    if (floor === 'lib' && toFloor === 'lib' && own !== to && !LEAVES.has(to) && !typeOnly) {
      const from = FLOORS.indexOf(own);
      if (from < 0 || FLOORS.indexOf(to) <= from)
        problems.push(`${path}: arrows in lib point down, not to ${to} (${spec})`);
    }
    if (
      floor === 'src' &&
      toFloor === 'src' &&
      !typeOnly &&
      isRoom(own) &&
      isRoom(to) &&
      own !== to &&
      !target.endsWith('/lookup.ts')
    ) {
      problems.push(`${path}: a room imports another room only through its lookup.ts (${spec})`);
    }
    if ((floor === 'src' || floor === 'lib') && (toFloor === 'test' || toFloor === 'tools')) {
      problems.push(`${path}: the product does not import ${toFloor} (${spec})`);
    }
  }
  return problems;
}

function isRoom(name: string): boolean {
  return [
    'containers',
    'exec',
    'images',
    'build',
    'networks',
    'volumes',
    'system',
    'auth',
    'distribution',
  ].includes(name);
}

/** lib/containerd is the only folder that knows containerd, lib/net the only one that knows Linux networking. */
function secretKnowledge({ path, text }: Source): string[] {
  const problems: string[] = [];
  if (path.startsWith('src/') || path.startsWith('lib/')) {
    if (!path.startsWith('lib/containerd/') && /from '@grpc\//.test(text))
      problems.push(`${path}: only lib/containerd speaks gRPC`);
    if (!path.startsWith('lib/net/') && /spawn\w*\(\s*'(ip|nft|iptables)'/.test(text))
      problems.push(`${path}: only lib/net runs ip and nft`);
    if (
      path.startsWith('src/') &&
      /\bcoal\b/i.test(text.replace(/etc\/coal\.json/g, '').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, ''))
    ) {
      problems.push(`${path}: src must not ask whether it talks to CoaL`);
    }
  }
  return problems;
}

const rules = [fileSize, fileHead, names, importDirection, secretKnowledge];
const problems = sources.flatMap((source) => rules.flatMap((rule) => rule(source)));
for (const problem of problems) process.stderr.write(`structure: ${problem}\n`);
process.stdout.write(`structure: ${sources.length} files, ${problems.length} problems\n`);
process.exit(problems.length === 0 ? 0 : 1);
