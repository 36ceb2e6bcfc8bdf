// Loads the AppArmor profile docker-default, which containers get who name no other: nobody else does it on a machine without dockerd.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type Logger from 'bunyan';
import { DEFAULT_PROFILE } from '#lib/docker-vm/app-armor.ts';
import { isAppArmorOn, loadedProfiles } from './profiles.ts';

const run = promisify(execFile);

const PROFILE_FILE = resolve(import.meta.dirname, '../../../etc/docker-default.apparmor');
/** Compiling takes a tenth of a second; a machine that comes up is busy. */
const PARSER_MS = 60_000;

/** Never throws: a container without it still has its other fences, and the log says so. One that is loaded already stays, whoever wrote it. */
export async function loadDefaultProfile(log: Logger): Promise<void> {
  if (!(await isAppArmorOn()) || (await loadedProfiles()).includes(DEFAULT_PROFILE)) return;
  try {
    // By its standard input, so that nothing of it is kept under the name of a file that may move.
    const child = run('apparmor_parser', ['--replace', '--skip-cache'], { timeout: PARSER_MS });
    child.child.stdin?.end(await readFile(PROFILE_FILE));
    await child;
    log.info({ profile: DEFAULT_PROFILE }, 'AppArmor profile loaded');
  } catch (err) {
    const missing = (err as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? 'apparmor_parser is not installed (package apparmor)'
      : 'apparmor_parser refused it';
    log.warn({ err: missing ? undefined : err }, `containers run without an AppArmor profile: ${why}`);
  }
}
