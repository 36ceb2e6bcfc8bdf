// Users and groups of the machine by name, and becoming one of them.
import { execFileSync } from 'node:child_process';
import { FatalError } from './fatal.ts';

export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

/** Asks id(1), which knows every source of users that the machine has. Throws FatalError when there is no such user. */
export function systemUser(name: string): SystemUser {
  const ask = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { name, uid: ask('-u'), gid: ask('-g') };
  } catch {
    throw new FatalError(`there is no user ${name}; run 'tools/set-up.sh run', which adds it`);
  }
}

/** Gives up root for good: groups first, since afterwards nobody may change them. */
export function becomeUser({ uid, gid }: SystemUser): void {
  process.setgroups!([gid]);
  process.setgid!(gid);
  process.setuid!(uid);
}
