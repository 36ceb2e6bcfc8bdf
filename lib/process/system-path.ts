// Where programs are looked for: PATH, and the folders of system programs, which many a root's PATH (cron, su, env -i) leaves out.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const SYSTEM_DIRS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** A PATH with the system's folders behind what it has. */
export function completePath(path = ''): string {
  const dirs = path.split(delimiter).filter((dir) => dir !== '');
  return [...dirs, ...SYSTEM_DIRS.filter((dir) => !dirs.includes(dir))].join(delimiter);
}

/** True when the program is in one of the folders of `path`. */
export function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
