// How the entries of an archive are called when a path is asked for: what the client wrote last, not what it leads to.
import { posix } from 'node:path';

/** `start`: where the walk begins; `name`: its own entry; `prefix`: what stands before the names below it. */
export interface TarNames {
  start: string;
  name: string;
  prefix: string;
}

/** `path` is absolute and clean, but may end with `/` or `/.`, which follow a link. Pure. */
export function tarNames(path: string): TarNames {
  const base = path.replace(/\/+$/, '') === '' ? '/' : posix.basename(path);
  if (base === '/') return { start: '/', name: '/', prefix: '/' };
  return { start: path, name: base, prefix: `${base}/` };
}
