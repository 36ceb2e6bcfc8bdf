// AppArmorProfile of docker inspect (moby daemon/apparmor_default.go and daemon_unix.go: parseSecurityOpt).
import { askedProfile, CONFINES_BY_APP_ARMOR, DEFAULT_PROFILE } from '#lib/docker-vm/app-armor.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { hostConfigOf } from '#src/vm/metadata.ts';
import { startedAt } from '#src/vm/state.ts';

/** What was asked for; else what the first start chose, where the compute node says that it has AppArmor. '' as long as CNAPI cannot say. */
export async function appArmorProfile({ app, call }: Pick<Req, 'app' | 'call'>, vm: Vm): Promise<string> {
  const host = hostConfigOf(vm);
  const asked = askedProfile(host.SecurityOpt);
  if (asked !== null) return asked;
  if (vm.server_uuid === null || !startedAt(vm)) return '';
  const words = await app.triton.cnapi.capabilities(vm.server_uuid, call).catch(() => null);
  if (!words?.has(CONFINES_BY_APP_ARMOR)) return '';
  return host.Privileged ? 'unconfined' : DEFAULT_PROFILE;
}
