// Where paths are to each other.

/** A path that is `dir` or below it; both absolute and clean. Pure. */
export function isWithin(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir.endsWith('/') ? dir : `${dir}/`);
}
