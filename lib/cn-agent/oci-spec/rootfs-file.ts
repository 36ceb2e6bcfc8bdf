// Reads one file of a container's root filesystem from its overlay layers, without mounting them.
//
// Nothing may lead outside the layers: a path is walked name by name, each name looked up in every layer from the top, a
// symbolic link is followed by our own walk (an absolute one starts again at the container's root), and the kernel is never
// given a path whose components it could follow: directories are entered by /proc/self/fd with O_NOFOLLOW.
import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { TritonError } from '#lib/wire/errors.ts';

/** As containerd's Mount: overlay with lowerdir=/upperdir= options, or a bind of a single directory. */
export interface RootfsMount {
  type: string;
  source: string;
  options: string[];
}

const MAX_LINKS = 40;
/** Names walked in all, and directories entered at once: a link can hold a thousand of them, each an open file per layer. */
const MAX_STEPS = 255;
const MAX_DEPTH = 32;
const O_PATH = 0o10000000;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The text of the regular file at `path`, or null when the container has no such file (or it is not a regular one).
 * Throws TritonError FileTooLarge over `maxBytes`, so that an image cannot fill our memory.
 */
export async function readRootfsFile(
  mounts: RootfsMount[],
  path: string,
  maxBytes: number,
): Promise<string | null> {
  const layers = layerDirs(mounts);
  const roots = await Promise.all(layers.map((dir) => open(dir, DIRECTORY).catch(() => null)));
  const walk = new Walk(roots.filter((root) => root !== null));
  try {
    const file = await walk.resolve(path);
    return file === null ? null : await readWhole(file, path, maxBytes);
  } finally {
    await walk.close();
  }
}

/**
 * True when the container may have something at `path`: a layer has, whatever lies over it. False only for what is surely not there.
 */
export async function mayHave(mounts: RootfsMount[], path: string): Promise<boolean> {
  const layers = layerDirs(mounts);
  const roots = await Promise.all(layers.map((dir) => open(dir, DIRECTORY).catch(() => null)));
  const walk = new Walk(roots.filter((root) => root !== null));
  try {
    return await walk.reaches(path);
  } finally {
    await walk.close();
  }
}

/** Top layer first. */
export function layerDirs(mounts: RootfsMount[]): string[] {
  const mount = mounts.at(-1);
  if (!mount) return [];
  if (mount.type !== 'overlay') return [mount.source];
  const value = (key: string) =>
    mount.options.find((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
  const upper = value('upperdir');
  return [...(upper === undefined ? [] : [upper]), ...(value('lowerdir')?.split(':') ?? [])];
}

/** One merged directory: its handle in every layer that has it, from the top, down to an opaque one. */
type Merged = FileHandle[];

class Walk {
  readonly #root: Merged;
  readonly #opened = new Set<FileHandle>();

  constructor(root: Merged) {
    this.#root = root;
    for (const handle of root) this.#opened.add(handle);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#opened].map((handle) => handle.close()));
  }

  /** True also where the walk gives up. */
  async reaches(path: string): Promise<boolean> {
    const found = await this.#walk(path);
    return found !== null;
  }

  /** A handle on the file, opened for reading, or null. */
  async resolve(path: string): Promise<FileHandle | null> {
    const found = await this.#walk(path);
    return found !== null && typeof found === 'object' ? found : null;
  }

  /** The file; or that there is a directory or that it leads too far; or null. */
  async #walk(path: string): Promise<FileHandle | 'directory' | 'far' | null> {
    const stack: Merged[] = [this.#root];
    let todo = names(path);
    let links = 0;
    for (let steps = 0; todo.length > 0; steps++) {
      if (steps > MAX_STEPS || stack.length > MAX_DEPTH) return 'far';
      const [name, ...rest] = todo;
      todo = rest;
      if (name === '..') {
        if (stack.length > 1) await this.#leave(stack.splice(-1));
        continue;
      }
      const found = await this.#lookup(stack.at(-1)!, name!);
      if (found === null) return null;
      if (found.kind === 'link') {
        links += 1;
        if (links > MAX_LINKS) return 'far';
        if (found.target.startsWith('/')) await this.#leave(stack.splice(1));
        todo = [...names(found.target), ...todo];
      } else if (found.kind === 'directory') stack.push(found.merged);
      else return todo.length === 0 ? found.file : null;
    }
    return 'directory';
  }

  async #leave(dirs: Merged[]): Promise<void> {
    for (const handle of dirs.flat()) {
      this.#opened.delete(handle);
      await handle.close();
    }
  }

  async #lookup(
    dirs: Merged,
    name: string,
  ): Promise<
    | { kind: 'link'; target: string }
    | { kind: 'directory'; merged: Merged }
    | { kind: 'file'; file: FileHandle }
    | null
  > {
    const merged: Merged = [];
    for (const dir of dirs) {
      const at = `/proc/self/fd/${dir.fd}/${name}`;
      const entry = await open(at, O_PATH | constants.O_NOFOLLOW).catch(() => null);
      if (entry === null) continue;
      const info = await entry.stat().finally(() => entry.close());
      if (info.isDirectory()) {
        const handle = await open(at, DIRECTORY).catch(() => null);
        if (handle === null) return null;
        this.#opened.add(handle);
        merged.push(handle);
        continue;
      }
      // Something that is no directory hides what lower layers have; below a directory of an upper layer it is hidden itself.
      if (merged.length > 0) break;
      if (info.isSymbolicLink()) return { kind: 'link', target: await readlink(at) };
      // A character device 0:0 is overlayfs's mark of a deleted file.
      if (!info.isFile()) return null;
      return this.#openFile(at);
    }
    return merged.length > 0 ? { kind: 'directory', merged } : null;
  }

  async #openFile(at: string): Promise<{ kind: 'file'; file: FileHandle } | null> {
    const file = await open(at, FILE).catch(() => null);
    if (file === null) return null;
    this.#opened.add(file);
    return (await file.stat()).isFile() ? { kind: 'file', file } : null;
  }
}

async function readWhole(file: FileHandle, path: string, maxBytes: number): Promise<string> {
  const { size } = await file.stat();
  if (size > maxBytes)
    throw new TritonError('FileTooLarge', 500, `${path} of the container is larger than ${maxBytes} bytes`);
  const buffer = Buffer.alloc(size);
  const { bytesRead } = await file.read(buffer, 0, size, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

function names(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
