// The operations on networks.
import type { Operation } from './types.ts';

export const NETWORKS_OPERATIONS: readonly Operation[] = [
  {
    operationId: 'NetworkList',
    method: 'GET',
    path: '/networks',
    state: 'partial',
    reason: 'shows bridge (the default network) and none; networks cannot be made yet',
    cli: 'docker network ls',
  },
  {
    operationId: 'NetworkInspect',
    method: 'GET',
    path: '/networks/:id',
    state: 'partial',
    reason: 'knows bridge (the default network) and none',
    cli: 'docker network inspect',
  },
  {
    operationId: 'NetworkDelete',
    method: 'DELETE',
    path: '/networks/:id',
    state: 'notImplemented',
    cli: 'docker network rm',
  },
  {
    operationId: 'NetworkCreate',
    method: 'POST',
    path: '/networks/create',
    state: 'notImplemented',
    cli: 'docker network create',
  },
  {
    operationId: 'NetworkConnect',
    method: 'POST',
    path: '/networks/:id/connect',
    state: 'notImplemented',
    cli: 'docker network connect',
  },
  {
    operationId: 'NetworkDisconnect',
    method: 'POST',
    path: '/networks/:id/disconnect',
    state: 'notImplemented',
    cli: 'docker network disconnect',
  },
  {
    operationId: 'NetworkPrune',
    method: 'POST',
    path: '/networks/prune',
    state: 'notImplemented',
    cli: 'docker network prune',
  },
];
