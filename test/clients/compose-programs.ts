// The composes that a test can run: Debian's docker-compose 1.29, and compose v2 and v5 built from the Go module proxy where there is Go.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { builtOfGo } from './go-program.ts';

const exec = promisify(execFile);
/** The last v2, and the last v5 whose dependencies the module proxy gave to us. */
const RELEASES = ['github.com/docker/compose/v2@v2.40.3', 'github.com/docker/compose/v5@v5.6.0'];

export interface Compose {
  name: string;
  program: string;
  /** Between project and service in a container's name. */
  separator: '_' | '-';
}

/** Those of this machine, with the reason for each that is missing. */
export async function findComposes(): Promise<{ composes: Compose[]; missing: string[] }> {
  const composes: Compose[] = [];
  const missing: string[] = [];
  const v1 = await exec('docker-compose', ['version', '--short']).then(
    ({ stdout }) => stdout.trim(),
    (err: Error) => `docker-compose: ${err.message}`,
  );
  if (v1.startsWith('1.')) composes.push({ name: v1, program: 'docker-compose', separator: '_' });
  else missing.push(v1);
  for (const release of RELEASES) {
    const version = release.split('@')[1]!;
    try {
      const wanted = { name: `docker-compose-${version}`, module: release, main: './cmd' };
      composes.push({ name: version, program: await builtOfGo(wanted), separator: '-' });
    } catch (err) {
      missing.push(`compose ${version}: ${(err as Error).message.split('\n').slice(0, 3).join(' ')}`);
    }
  }
  return { composes, missing };
}
