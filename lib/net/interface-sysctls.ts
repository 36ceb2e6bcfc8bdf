// The sysctls that nics ask for: set inside the namespace when the interface has its addresses, before it comes up.

import { inside } from './inside.ts';
import { cannotAdd, type NamedNic } from './interface-names.ts';
import { ProgramFailed } from './run-program.ts';

interface Setting {
  /** Below /proc/sys. */
  file: string;
  value: string;
}

/** Pure. */
export function askForSysctls(named: NamedNic[]): boolean {
  return named.some(({ nic }) => (nic.sysctls ?? []).length > 0);
}

/** Nothing where none is asked for. Throws InterfaceRefused with dockerd's text. */
export async function setSysctls(netns: string, named: NamedNic[]): Promise<void> {
  for (const one of named) {
    const settings = settingsOf(one);
    if (settings.length === 0) continue;
    const words = settings.flatMap(({ file, value }) => [file, value]);
    await inside(netns, SET, words).catch((err: unknown) => {
      throw err instanceof ProgramFailed ? cannotAdd(one.nic, err.words) : err;
    });
  }
}

/** 'net.ipv4.conf.IFNAME.x=1' of an interface. Pure. Throws InterfaceRefused with dockerd's text. */
export function settingsOf({ nic, name }: NamedNic): Setting[] {
  return (nic.sysctls ?? []).map((text) => {
    const at = text.indexOf('=');
    if (at < 0) throw cannotAdd(nic, `expected sysctl '${text}' to have format name=value`);
    const parts = text.slice(0, at).split('.');
    if (parts.length !== 5)
      throw cannotAdd(nic, `expected sysctl '${text.slice(0, at)}' to have format net.X.Y.IFNAME.Z`);
    const [net, family, kind, , key] = parts as [string, string, string, string, string];
    const file = ['/proc/sys', net, family, kind, name, key].join('/');
    // Only what is below net/ belongs to the namespace; everything else is the machine's.
    if (net !== 'net' || ![family, kind, key].every((part) => /^[\w-]+$/.test(part)))
      throw cannotAdd(nic, `${file} is not a sysctl file`);
    return { file, value: text.slice(at + 1) };
  });
}

/** One that is as it should be is not written. */
const SET = `while [ $# -gt 0 ]; do
  [ -f "$1" ] || { echo "$1 is not a sysctl file" >&2; exit 1; }
  [ "$(cat "$1")" = "$2" ] || printf %s "$2" 2>/dev/null >"$1" ||
    { echo "unable to write to '$1': write $1: invalid argument" >&2; exit 1; }
  shift 2
done`;
