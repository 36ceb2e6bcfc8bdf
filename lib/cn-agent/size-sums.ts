// Adds up the sizes of files as find prints them: "directory size links inode", a line each.

export class SizeSums {
  readonly #sums = new Map<string, number>();
  /** Inodes with several names, per directory. */
  readonly #linked = new Map<string, Set<string>>();
  #rest = '';

  /** A piece of the output, cut anywhere. */
  take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#add(line);
  }

  /** Bytes below a directory; 0 when nothing was printed of it. */
  of(dir: string): number {
    return this.#sums.get(dir) ?? 0;
  }

  #add(line: string): void {
    const [dir = '', size, links, inode = ''] = line.split(' ');
    if (links !== '1') {
      const seen = this.#linked.get(dir) ?? new Set();
      if (seen.has(inode)) return;
      this.#linked.set(dir, seen.add(inode));
    }
    this.#sums.set(dir, this.of(dir) + Number(size));
  }
}
