// Uploads may be compressed, as dockerd takes them: told by their first bytes, undone with what this machine has, never with a container's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Duplex, finished, PassThrough, type Readable, type Writable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

export type Compression = 'none' | 'gzip' | 'bzip2' | 'xz' | 'zstd';

/** As many as the longest magic needs. */
const MAGIC_BYTES = 6;
const MAGIC: readonly [Compression, number[]][] = [
  ['gzip', [0x1f, 0x8b, 0x08]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
];
/** What Node cannot do itself. An xz stream may ask for gigabytes of memory: it gets no more than its highest preset needs. */
const PROGRAMS: Readonly<Partial<Record<Compression, [string, string[]]>>> = {
  bzip2: ['bzip2', ['-dc']],
  xz: ['xz', ['-dcq', '--memlimit-decompress=256MiB']],
};

/** By the first bytes of a stream. Pure. */
export function compressionOf(head: Uint8Array): Compression {
  // A zstd stream may begin with a frame that is to be skipped.
  if (
    head.length >= 4 &&
    (head[0]! & 0xf0) === 0x50 &&
    head[1] === 0x2a &&
    head[2] === 0x4d &&
    head[3] === 0x18
  )
    return 'zstd';
  return MAGIC.find(([, magic]) => magic.every((byte, i) => head[i] === byte))?.[0] ?? 'none';
}

/**
 * The plain bytes of `source`. An error of `source` is one of the result; an error of the result only stops reading: whoever sent the
 * bytes may still be told.
 */
export async function decompress(source: Readable): Promise<Readable> {
  const compression = compressionOf(await peek(source, MAGIC_BYTES));
  if (compression === 'none') return source;
  const program = PROGRAMS[compression];
  if (program) return throughProgram(source, ...program);
  const plain = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  source.pipe(plain);
  passErrors(source, plain);
  plain.once('close', () => letGo(source, plain));
  return plain;
}

/** What still comes is thrown away: an unread rest would hold the connection up. */
function letGo(source: Readable, from: Writable): void {
  source.unpipe(from);
  source.resume();
}

/** pipe() alone tells nothing of a source that ends before its time. */
function passErrors(source: Readable, plain: Duplex): void {
  finished(source, { writable: false }, (err) => {
    if (err) plain.destroy(err);
  });
}

/** The first bytes, which stay in the stream; fewer when it is shorter. */
async function peek(source: Readable, size: number): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < size && !source.readableEnded && !source.destroyed) {
    const piece = source.read() as Buffer | null;
    if (piece) head = Buffer.concat([head, piece]);
    else if (!source.readableEnded) await Promise.race([once(source, 'readable'), once(source, 'end')]);
  }
  if (head.length > 0) source.unshift(head);
  return head;
}

function throughProgram(source: Readable, command: string, args: string[]): Readable {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  const { stdin, stdout, stderr } = child;
  const plain = new PassThrough();
  let complaint = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < 1000) complaint += text;
  });
  // A program that gives up closes its input; why, its exit says.
  stdin.on('error', () => letGo(source, stdin));
  source.pipe(stdin);
  passErrors(source, plain);
  stdout.pipe(plain, { end: false });
  child.once('error', (err) => plain.destroy(err));
  // After all of its output has been read: what it wrote is the whole only when it ended well.
  child.once('close', (code) => {
    if (code === 0) plain.end();
    else plain.destroy(new Error(`${command}: ${complaint.trim() || `exit status ${code}`}`));
  });
  plain.once('close', () => {
    letGo(source, stdin);
    child.kill('SIGKILL');
  });
  return plain;
}
