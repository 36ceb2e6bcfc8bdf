// What the interfaces inside a namespace are called: as a nic asks, else eth0, eth1, …
import type { ContainerNic } from './types.ts';

/** A nic and the name of its interface inside. */
export interface NamedNic {
  nic: ContainerNic;
  name: string;
}

/** Linux's limit, without the zero at the end. */
const LONGEST = 15;
/** Of what Linux takes, all but what means something to `ip -batch` or makes Linux put a number in its place. */
const NAME = /^[!$&()*+,\-.;<=>?@[\]^_`{|}~\w]+$/;

/**
 * In the order of the nics. Names asked for are given first, so that no other nic has one by chance. `taken`: what is in the namespace
 * already. Pure. Throws InterfaceRefused in the kernel's words for a name that it would not take.
 */
export function nameNics(nics: ContainerNic[], taken: string[] = []): NamedNic[] {
  const used = new Set(['lo', ...taken]);
  const asked = nics.map((nic) => {
    if (!nic.ifname) return '';
    const reason = refusal(nic.ifname, used);
    if (reason !== null) throw cannotRename(nic, nic.ifname, reason);
    used.add(nic.ifname);
    return nic.ifname;
  });
  return nics.map((nic, at) => {
    const name = asked[at] || firstFree(used);
    used.add(name);
    return { nic, name };
  });
}

/** Whether the links are called as those of a namespace that was made ahead. Pure. */
export function areNumbered(names: string[]): boolean {
  return names.every((name, at) => name === `eth${at}`);
}

/** What is asked of an interface cannot be had. */
export class InterfaceRefused extends Error {}

/** With dockerd's text; its own name of a link before it has one is no more than a number either. */
export function cannotAdd(nic: ContainerNic, reason: string): InterfaceRefused {
  return new InterfaceRefused(`failed to add interface ${linkName(nic)} to sandbox: ${reason}`);
}

/** The same of what it shall have. */
export function cannotSet(nic: ContainerNic, what: string): InterfaceRefused {
  return cannotAdd(nic, `error setting interface "${linkName(nic)}" ${what}`);
}

function cannotRename(nic: ContainerNic, name: string, reason: string): InterfaceRefused {
  return cannotAdd(nic, `error renaming interface "${linkName(nic)}" to ${JSON.stringify(name)}: ${reason}`);
}

function linkName({ mac }: ContainerNic): string {
  return `veth${mac.replaceAll(':', '').slice(-7)}`;
}

function refusal(name: string, used: ReadonlySet<string>): string | null {
  if (Buffer.byteLength(name) > LONGEST) return 'numerical result out of range';
  if (!NAME.test(name) || /[/:\s]/.test(name) || name === '.' || name === '..') return 'invalid argument';
  return used.has(name) ? 'file exists' : null;
}

function firstFree(used: ReadonlySet<string>): string {
  for (let index = 0; ; index++) if (!used.has(`eth${index}`)) return `eth${index}`;
}
