// The files of /sys and /proc that the statistics of one run come from, held open: reading is then one system call.
import { closeSync, openSync, readSync } from 'node:fs';

/** A buffer to read with: larger than any of these files; what is beyond it is not read. */
export function statBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(256 * 1024);
}

/**
 * Held by descriptor, they are the run's own whatever becomes of its paths and its pid. They have to be closed when it ends: an open
 * net/dev keeps the network namespace.
 */
export class StatFiles {
  readonly #fds = new Map<string, number>();
  readonly #buffer: Buffer;

  /**
   * `paths` by the name under which read() knows them; those that this kernel does not have are left out. `buffer` may be shared: a read is
   * over before the next begins.
   */
  constructor(paths: Readonly<Record<string, string>>, buffer: Buffer) {
    this.#buffer = buffer;
    try {
      for (const [name, path] of Object.entries(paths)) {
        const fd = openIfThere(path);
        if (fd !== null) this.#fds.set(name, fd);
      }
    } catch (err) {
      this.close();
      throw err;
    }
  }

  /** The whole text; '' when there is no such file, or its run is over. */
  read(name: string): string {
    const fd = this.#fds.get(name);
    if (fd === undefined) return '';
    let fill = 0;
    try {
      while (fill < this.#buffer.length) {
        const got = readSync(fd, this.#buffer, fill, this.#buffer.length - fill, fill);
        fill += got;
        // The kernel hands out a page at most of files that it makes line by line.
        if (got < 1024) break;
      }
    } catch {
      return '';
    }
    return this.#buffer.toString('latin1', 0, fill);
  }

  /** Closes one of them. */
  drop(name: string): void {
    const fd = this.#fds.get(name);
    if (fd !== undefined) closeSync(fd);
    this.#fds.delete(name);
  }

  close(): void {
    for (const fd of this.#fds.values()) closeSync(fd);
    this.#fds.clear();
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    // ESRCH: a process that has just ended.
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENODEV' || code === 'EOPNOTSUPP') return null;
    throw err;
  }
}
