// A platform as a client writes it, for pull, build and create, and whether a local image is for it.
import { isPlatformWord, type Platform, parsePlatform, pickPlatform } from '#lib/registry/platform.ts';
import type { DockerImage } from '#lib/store/types.ts';
import { invalid, notFound } from '#src/errors.ts';

/** Throws DockerError invalid. */
export function readPlatform(text: string): { text: string; parsed: Platform } {
  const parsed = parsePlatform(text);
  if (parsed !== null) {
    if (!text.includes('/') && !isPlatformWord(text)) {
      const what = 'unknown operating system or architecture: invalid argument';
      throw invalid(`${JSON.stringify(text)}: ${what}`);
    }
    return { text: text.includes('/') ? text : `${parsed.os}/${parsed.architecture}`, parsed };
  }
  if (text.split('/').length > 3)
    throw invalid(`${JSON.stringify(text)}: cannot parse platform specifier: invalid argument`);
  const bad = text.split('/').find((part) => !/^[A-Za-z0-9_.-]+$/.test(part)) ?? text;
  throw invalid(
    `${JSON.stringify(bad)} is an invalid component of ${JSON.stringify(text)}: platform specifier component must match ` +
      '"^[A-Za-z0-9_.-]+(?:\\\\([A-Za-z0-9_.-]*\\\\))?$": invalid argument',
  );
}

/** Why the image does not fit, in dockerd's words; null when it does. `shown`: the platform as the user wrote it. Pure. */
export function platformMismatch(
  image: DockerImage,
  wanted: Platform,
  name: string,
  shown = platformText(wanted),
): string | null {
  const { os, architecture, variant } = image.image;
  const has: Platform = { os: String(os || 'linux'), architecture: String(architecture ?? '') };
  if (variant) has.variant = String(variant);
  if (has.architecture === '' || pickPlatform([{ platform: has }], wanted) !== null) return null;
  // A config often does not say its variant.
  const loose = { os: wanted.os, architecture: wanted.architecture };
  if (has.variant === undefined && pickPlatform([{ platform: has }], loose) !== null) return null;
  return (
    `image with reference ${name} was found but its platform (${platformText(has)}) ` +
    `does not match the specified platform (${shown})`
  );
}

/** Throws DockerError notFound when the image is for another platform. */
export function requirePlatform(
  image: DockerImage,
  wanted: Platform | null,
  name: string,
  shown?: string,
): void {
  const why = wanted === null ? null : platformMismatch(image, wanted, name, shown);
  if (why !== null) throw notFound(why);
}

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}
