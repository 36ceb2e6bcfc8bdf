// What a container has written is removed whatever its names, and nothing beside it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { removeTree } from '#lib/process/remove-tree.ts';

const dir = mkdtempSync('/tmp/sdct-tree-');
after(() => rmSync(dir, { recursive: true, force: true }));

const TREES: Record<string, (tree: string) => void> = {
  'no files': () => undefined,
  'names that are no UTF-8': (tree) =>
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x66, 0xff, 0xfe])]), ''),
  'links that lead out': (tree) => {
    symlinkSync(join(dir, 'outside'), join(tree, 'link'));
    symlinkSync('/', join(tree, 'root'));
  },
  'more files than are removed one by one': (tree) => {
    for (let i = 0; i < 300; i++) writeFileSync(join(tree, `f${i}`), '');
  },
  'a path longer than one that can be named': (tree) => {
    const script = 'cd "$1"; i=0; while [ $i -lt 40 ]; do mkdir "$2" && cd "$2"; i=$((i+1)); done';
    execFileSync('sh', ['-c', script, 'sh', tree, 'n'.repeat(200)]);
  },
};

for (const [what, make] of Object.entries(TREES)) {
  it(what, async () => {
    mkdirSync(join(dir, 'outside'), { recursive: true });
    writeFileSync(join(dir, 'outside/kept'), '');
    const tree = join(dir, 'tree');
    mkdirSync(tree);
    make(tree);
    await removeTree(tree);
    assert.ok(!existsSync(tree));
    assert.ok(existsSync(join(dir, 'outside/kept')));
    await removeTree(tree);
  });
}
