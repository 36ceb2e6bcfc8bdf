// The network operations that are built: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { networkInspect } from './inspect.ts';
import { networkList } from './list.ts';

export const networkRoutes: Route[] = [
  { operationId: 'NetworkList', method: 'GET', path: '/networks', handler: networkList },
  { operationId: 'NetworkInspect', method: 'GET', path: '/networks/:id', handler: networkInspect },
];
