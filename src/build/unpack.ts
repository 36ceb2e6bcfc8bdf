// Unpacks a tar into a folder of ours, by this machine's tar, as the daemon's own user: nothing of it is owned by anybody else.
import { spawn } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { internal, invalid } from '#src/errors.ts';
import { drained } from '#src/stdio/drained.ts';

/** Bytes of one archive, unpacked: more is no build context but an attack, or a mistake. */
const MAX_BYTES = 32 * 1024 ** 3;
/** Of what is free on the disk. */
const SHARE = 0.8;
/** What tar may say (bytes). */
const MAX_COMPLAINT = 2000;
// No owner, no device, no name that leads out: tar takes off leading slashes and refuses "..", and makes links that lead out last.
const ARGS = [
  '-x',
  '-p',
  '-f',
  '-',
  '--no-same-owner',
  '--delay-directory-restore',
  '--no-overwrite-dir',
  '-C',
];

/** `feed` writes the archive to its argument, and rejects when it cannot. Throws DockerError. */
export async function unpack(
  folder: string,
  feed: (write: (piece: Buffer) => Promise<void>) => Promise<void>,
): Promise<void> {
  const child = spawn('tar', [...ARGS, folder], {
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: '/',
    env: { LC_ALL: 'C' },
  });
  const { stdin, stderr } = child;
  let complaint = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < MAX_COMPLAINT) complaint += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  stdin.on('error', () => undefined);
  const limit = await limitOf(folder);
  let bytes = 0;
  try {
    await feed(async (piece) => {
      bytes += piece.length;
      if (bytes > limit) throw invalid(`the archive is larger than ${limit} bytes`);
      if (!stdin.destroyed && !stdin.write(piece)) await drained(stdin);
    });
    stdin.end();
  } catch (err) {
    child.kill('SIGKILL');
    await ended;
    throw err;
  }
  const code = await ended;
  if (code === null) throw internal('tar could not be run');
  if (code !== 0) throw invalid(`Error processing tar file(exit status ${code}): ${complaint.trim()}`);
}

/** What others on the disk need is left to them. */
async function limitOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.min(MAX_BYTES, Math.floor(bavail * bsize * SHARE));
}
