// The events of volumes that this daemon makes or removes by itself; those of a container's volumes come with its own, src/events.
import type { Req } from '#src/context.ts';

export function emitVolumeEvent(
  req: Pick<Req, 'app' | 'account'>,
  action: 'create' | 'destroy',
  { name, type }: { name: string; type: string },
): void {
  req.app.events.emit(req.account.uuid, 'volume', action, name, { driver: type });
}
