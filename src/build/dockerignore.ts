// .dockerignore: which files of a context are left out. Patterns are Go's with `**`; `!` makes an exception; the last that fits decides.
import { posix } from 'node:path';
import { linearRegExp } from '#lib/process/linear-regexp.ts';

/** A predicate for paths relative to the context. A pattern that cannot be read fits nothing. Pure. */
export function parseIgnore(text: string): (path: string) => boolean {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(toRule)
    .filter((rule) => rule !== null);
  return (path) => {
    const clean = posix.normalize(path).replace(/^\/+/, '');
    const parents = clean.split('/').map((_part, at, all) => all.slice(0, at + 1).join('/'));
    let ignored = false;
    for (const { except, fits } of rules) if (parents.some(fits)) ignored = !except;
    return ignored;
  };
}

interface Rule {
  except: boolean;
  fits(path: string): boolean;
}

function toRule(line: string): Rule | null {
  const except = line.startsWith('!');
  const pattern = posix
    .normalize((except ? line.slice(1) : line).trim())
    .replace(/^\/+/, '')
    .replace(/\/$/, '');
  if (pattern === '' || pattern === '.') return null;
  const source = patternSource(pattern);
  const regexp = source === null ? null : linearRegExp(`^${source}$`);
  return regexp === null ? null : { except, fits: (path) => regexp.test(path) };
}

/** The pattern as a regular expression, null when it is none. */
function patternSource(pattern: string): string | null {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === '*' && pattern[at + 1] === '*') {
      at++;
      if (pattern[at + 1] === '/') at++;
      source += at + 1 >= pattern.length ? '.*' : '(?:.*/)?';
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '\\') source += quoted(pattern[++at] ?? '\\');
    else if (char === '[') {
      const end = pattern.indexOf(']', at + 1);
      if (end < 0) return null;
      source += pattern.slice(at, end + 1);
      at = end;
    } else source += quoted(char);
  }
  return source;
}

function quoted(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
