// The network operations: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { networkConnect } from './connect.ts';
import { networkCreate } from './create.ts';
import { networkDelete } from './delete.ts';
import { networkDisconnect } from './disconnect.ts';
import { networkInspect } from './inspect.ts';
import { networkList } from './list.ts';
import { networkPrune } from './prune.ts';

export const networkRoutes: Route[] = [
  { operationId: 'NetworkList', method: 'GET', path: '/networks', handler: networkList },
  { operationId: 'NetworkCreate', method: 'POST', path: '/networks/create', handler: networkCreate },
  { operationId: 'NetworkPrune', method: 'POST', path: '/networks/prune', handler: networkPrune, since: 25 },
  { operationId: 'NetworkInspect', method: 'GET', path: '/networks/:id', handler: networkInspect },
  { operationId: 'NetworkDelete', method: 'DELETE', path: '/networks/:id', handler: networkDelete },
  { operationId: 'NetworkConnect', method: 'POST', path: '/networks/:id/connect', handler: networkConnect },
  {
    operationId: 'NetworkDisconnect',
    method: 'POST',
    path: '/networks/:id/disconnect',
    handler: networkDisconnect,
  },
];
