// What this daemon calls itself, for headers, /version and /info.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** 'x.y.z' of package.json; clients parse it. */
export function daemonVersion(): string {
  const file = resolve(import.meta.dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Headers that every response carries (moby middleware/version.go and experimental.go). */
export function identityHeaders(version: string, maxApi: string): Record<string, string> {
  return {
    'Api-Version': maxApi,
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    Server: `Docker/${version} (linux)`,
  };
}
