// Makes directories inside a container's root filesystem before its first start, where no link in it can lead out.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Mount } from '#lib/containerd/types.ts';
import { TritonError } from '#lib/wire/errors.ts';

const run = promisify(execFile);

// Runs in its own mount namespace, so that nothing stays mounted whatever happens; chroot makes the kernel resolve every link
// inside the image. perl-base is part of every Debian, and a one-liner without modules loads nothing from the new root.
const SCRIPT = `
set -e
mount -t "$1" -o "$2" "$3" "$4"
root="$4"; shift 4
exec perl -e '
  my $root = shift; chroot $root or die "chroot: $!\\n"; chdir "/"; umask 022;
  for my $dir (@ARGV) {
    my $path = "";
    for my $part (grep { length } split m{/}, $dir) {
      $path .= "/$part";
      mkdir $path, 0755 or -d $path or die "cannot mkdir: $dir: $!\\n";
    }
  }' -- "$root" "$@"
`;

/** Of perl's `die`, when a part of the path is a file. */
const NO_DIRECTORY = /cannot mkdir: .*: (Not a directory|File exists)$/m;

/**
 * `mounts` as containerd gives them for a snapshot (one overlay or bind), `mountPoint` an empty directory of ours,
 * the rest absolute paths as the container sees them. Existing directories are left as they are.
 * Throws TritonError WorkdirNotDirectory with dockerd's text.
 */
export async function createRootfsDirs(
  mounts: Mount[],
  mountPoint: string,
  { workdir, dirs }: { workdir: string | null; dirs: string[] },
): Promise<void> {
  const mount = mounts[0];
  if (!mount || mounts.length !== 1)
    throw new Error(`a snapshot of ${mounts.length} mounts is not supported`);
  const options = mount.options.join(',');
  const paths = workdir === null ? dirs : [workdir, ...dirs];
  const args = ['-m', 'sh', '-c', SCRIPT, 'sh', mount.type, options, mount.source, mountPoint, ...paths];
  try {
    await run('unshare', args, { timeout: 30_000, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
  } catch (err) {
    const { stderr = '' } = err as { stderr?: string };
    if (workdir === null || !stderr.startsWith(`cannot mkdir: ${workdir}: `) || !NO_DIRECTORY.test(stderr))
      throw err;
    throw new TritonError('WorkdirNotDirectory', 500, `Cannot mkdir: ${workdir} is not a directory`);
  }
}
