// Which AppArmor profile a container runs under: the same rule for the agent, which applies it, and for docker inspect, which tells it.

/** What dockerd's own profile is called; containers get it who name no other. */
export const DEFAULT_PROFILE = 'docker-default';

/** An agent's word: its kernel has AppArmor with that profile loaded. */
export const CONFINES_BY_APP_ARMOR = 'app_armor_default';

/** By --security-opt apparmor=NAME, the last one counts; null where none is asked for. Pure. */
export function askedProfile(securityOpt: readonly string[] | null | undefined): string | null {
  const option = (securityOpt ?? []).findLast((each) => /^apparmor[=:]./.test(each));
  return option?.slice('apparmor='.length) ?? null;
}
