// The `platform` parameter of inspect, history and delete: JSON of an OCI platform, which the local image must be for.
import type { Platform } from '#lib/registry/platform.ts';
import { invalid } from '#src/errors.ts';
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
