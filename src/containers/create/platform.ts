// The `platform` parameter of create: the local image must be for it, or the client shall pull another one.
import type { DockerImage } from '#lib/store/types.ts';
import { invalid, notFound } from '#src/errors.ts';

/** Other names of the same architecture, as containerd normalises them. */
const ARCHITECTURE: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  i386: '386',
  armhf: 'arm',
};

/**
 * Throws DockerError notFound when the image is for another platform (the CLI then pulls and tries again), invalid when the text
 * is no platform ("linux/amd64", "amd64", "linux").
 */
export function requirePlatform(image: DockerImage, platform: string | undefined, ref: string): void {
  if (platform === undefined || platform === '') return;
  if (!/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_.-]+){0,2}$/.test(platform)) {
    throw invalid(
      `"${platform}" is an invalid component of "${platform}": platform specifier component must match "^[A-Za-z0-9_.-]+(?:\\\\([A-Za-z0-9_.-]*\\\\))?$": invalid argument`,
    );
  }
  const parts = platform.toLowerCase().split('/');
  const lone = parts.length === 1 && !['linux', 'windows', 'darwin'].includes(parts[0]!);
  const os = lone ? 'linux' : parts[0]!;
  const architecture = lone ? parts[0] : parts[1];
  const wanted = architecture === undefined ? undefined : (ARCHITECTURE[architecture] ?? architecture);
  const has = { os: String(image.image.os ?? 'linux'), architecture: String(image.image.architecture ?? '') };
  if (has.os === os && (wanted === undefined || has.architecture === '' || has.architecture === wanted))
    return;
  throw notFound(
    `image with reference ${ref} was found but does not provide the specified platform (${platform})`,
  );
}
