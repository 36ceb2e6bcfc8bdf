// In which form GET /events sends its JSON: by API version, or as the client asks.
import type { ApiVersion } from '#src/api/version.ts';

/** In dockerd's order of preference. */
const OFFERED = ['application/jsonl', 'application/x-ndjson', 'application/json-seq'] as const;
const RECORD_SEPARATOR = '\x1e';

/** The Content-Type. Wildcards of Accept choose nothing, as in dockerd. Pure. */
export function eventsContentType(version: ApiVersion, accept: string | undefined): string {
  const asked = parseAccept(accept ?? '');
  let best: string = version < 52 ? 'application/json' : OFFERED[0];
  let bestQuality = 0;
  for (const offer of OFFERED) {
    const quality = asked.get(offer) ?? 0;
    if (quality > bestQuality) [best, bestQuality] = [offer, quality];
  }
  return best;
}

/** One event's JSON as a piece of the stream. */
export function framed(json: string, contentType: string): string {
  return contentType === 'application/json-seq' ? `${RECORD_SEPARATOR}${json}\n` : `${json}\n`;
}

function parseAccept(header: string): Map<string, number> {
  const entries = header.split(',').map((part): [string, number] => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return [type, q === undefined ? 1 : Number(q) || 0];
  });
  return new Map(entries);
}
