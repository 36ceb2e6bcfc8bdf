// Go's path.Clean for an absolute path: dockerd keeps every path of a container so.
import { posix } from 'node:path';

/** '/a/../b/' → '/b' */
export function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 ? clean.replace(/\/$/, '') : clean;
}
