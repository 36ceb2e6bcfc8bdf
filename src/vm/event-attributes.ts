// The attributes that every Docker event of a container carries: its labels, image and name.
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { configOf, dockerIdOf, labelsOf } from './metadata.ts';

/** Pure. */
export function containerAttributes(vm: Vm): Record<string, string> {
  return { ...labelsOf(vm), image: configOf(vm).Image, name: vm.alias ?? '' };
}

/** Emits a container event that this daemon's own doing causes (lifecycle events come from the changefeed, src/events). */
export function emitContainerEvent(
  req: Pick<Req, 'app' | 'account'>,
  vm: Vm,
  action: string,
  more: Record<string, string> = {},
): void {
  const attributes = { ...containerAttributes(vm), ...more };
  req.app.events.emit(req.account.uuid, 'container', action, dockerIdOf(vm), attributes, vm);
}
