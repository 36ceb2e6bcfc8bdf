// Whether this machine's kernel confines by AppArmor, and which profiles it has.
import { readFile } from 'node:fs/promises';

export async function isAppArmorOn(): Promise<boolean> {
  return (await read('/sys/module/apparmor/parameters/enabled')).trim() === 'Y';
}

/** Names, also of profiles that only complain. Without securityfs there are none to see. */
export async function loadedProfiles(): Promise<string[]> {
  return profileNames(await read('/sys/kernel/security/apparmor/profiles'));
}

/** Of lines like `docker-default (enforce)`. Pure. */
export function profileNames(text: string): string[] {
  return [...text.matchAll(/^(.+) \(\w+\)$/gm)].map((line) => line[1]!);
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
