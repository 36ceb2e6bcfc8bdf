// A platform as a client writes it, for pull and build.
import { isPlatformWord, type Platform, parsePlatform } from '#lib/registry/platform.ts';
import { invalid } from '#src/errors.ts';

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
  const bad = text.split('/').find((part) => !/^[A-Za-z0-9_.-]+$/.test(part)) ?? text;
  throw invalid(
    `${JSON.stringify(bad)} is an invalid component of ${JSON.stringify(text)}: platform specifier component must match ` +
      '"^[A-Za-z0-9_.-]+(?:\\\\([A-Za-z0-9_.-]*\\\\))?$": invalid argument',
  );
}
