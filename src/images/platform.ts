// The `platform` parameter of inspect, history and delete: JSON of an OCI platform, which the local image must be for.
import { type Platform, pickPlatform } from '#lib/registry/platform.ts';
import type { DockerImage } from '#lib/store/types.ts';
import { invalid, notFound } from '#src/errors.ts';
import { objectOf, textOf } from './from-image/config-json.ts';

/** null when absent. Throws DockerError invalid with dockerd's texts. */
export function decodePlatform(json: string | undefined): Platform | null {
  if (json === undefined || json === '') return null;
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch (err) {
    throw invalid(`failed to parse platform: ${(err as Error).message}`, err as Error);
  }
  const fields = objectOf(raw);
  const os = textOf(fields.os);
  const architecture = textOf(fields.architecture);
  const variant = textOf(fields.variant);
  const more = variant !== '' || textOf(fields['os.version']) !== '';
  if (os === '' && architecture === '' && more) {
    throw invalid('optional platform fields provided, but OS and Architecture are missing');
  }
  if (os === '' || architecture === '') throw invalid('both OS and Architecture must be provided');
  return { os, architecture, ...(variant === '' ? {} : { variant }) };
}

/** Why the image does not fit, in dockerd's words; null when it does. `shown`: the platform as the user wrote it. Pure. */
export function platformMismatch(
  image: DockerImage,
  wanted: Platform,
  name: string,
  shown = platformText(wanted),
): string | null {
  const { os, architecture, variant } = image.image;
  const has: Platform = { os: textOf(os) || 'linux', architecture: textOf(architecture) };
  if (textOf(variant) !== '') has.variant = textOf(variant);
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
export function requirePlatform(image: DockerImage, wanted: Platform | null, name: string): void {
  const why = wanted === null ? null : platformMismatch(image, wanted, name);
  if (why !== null) throw notFound(why);
}

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}
