// Makes directories inside a container's root filesystem before its first start, where no link in it can lead out.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Mount } from '#lib/containerd/types.ts';

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

/**
 * `mounts` as containerd gives them for a snapshot (one overlay or bind), `mountPoint` an empty directory of ours,
 * `dirs` absolute paths as the container sees them. Existing directories are left as they are.
 */
export async function createRootfsDirs(mounts: Mount[], mountPoint: string, dirs: string[]): Promise<void> {
  const mount = mounts[0];
  if (!mount || mounts.length !== 1)
    throw new Error(`a snapshot of ${mounts.length} mounts is not supported`);
  const options = mount.options.join(',');
  const args = ['-m', 'sh', '-c', SCRIPT, 'sh', mount.type, options, mount.source, mountPoint, ...dirs];
  await run('unshare', args, { timeout: 30_000, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
}
