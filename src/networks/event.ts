// Docker's events of networks that this daemon's own doing causes; connect and disconnect come with the VM's changes (src/events).
import type { Req } from '#src/context.ts';
import type { NetworkResource } from './from-network.ts';

export function emitNetworkEvent(
  req: Pick<Req, 'app' | 'account'>,
  action: 'create' | 'destroy',
  { Id, Name, Driver }: Pick<NetworkResource, 'Id' | 'Name' | 'Driver'>,
): void {
  req.app.events.emit(req.account.uuid, 'network', action, Id, { name: Name, type: Driver });
}
