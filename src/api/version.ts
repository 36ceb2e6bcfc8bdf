// API versions as numbers: parsed once, compared as integers, never as strings or floats.

/** The minor of "1.<minor>": every Docker API version so far has major 1. */
export type ApiVersion = number;

export const MIN_VERSION: ApiVersion = 24;
export const MAX_VERSION: ApiVersion = 55;

/** "1.43" → 43; null when it is not of that form. */
export function parseApiVersion(text: string): ApiVersion | null {
  const match = /^1\.(\d{1,4})$/.exec(text);
  return match ? Number(match[1]) : null;
}

export function formatApiVersion(version: ApiVersion): string {
  return `1.${version}`;
}
