// `make docs`: writes docs/divergence.md from the tables in src/api and from nothing else; with --check it only compares.
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { divergence } from './divergence.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const file = resolve(import.meta.dirname, '../docs/divergence.md');
const text = divergence();
if (!values.check) {
  await writeFile(file, text);
} else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  process.stderr.write('docs/divergence.md is not what src/api says: run make docs\n');
  process.exit(1);
}
