// The operations on the daemon itself.
import type { Operation } from './types.ts';

export const SYSTEM_OPERATIONS: readonly Operation[] = [
  { operationId: 'SystemAuth', method: 'POST', path: '/auth', state: 'notImplemented', cli: 'docker login' },
  { operationId: 'SystemInfo', method: 'GET', path: '/info', state: 'done', cli: 'docker info' },
  { operationId: 'SystemVersion', method: 'GET', path: '/version', state: 'done', cli: 'docker version' },
  { operationId: 'SystemPing', method: 'GET', path: '/_ping', state: 'done', cli: 'every command' },
  { operationId: 'SystemEvents', method: 'GET', path: '/events', state: 'done', cli: 'docker events' },
  {
    operationId: 'SystemDataUsage',
    method: 'GET',
    path: '/system/df',
    state: 'notImplemented',
    cli: 'docker system df',
  },
  { operationId: 'SystemPingHead', method: 'HEAD', path: '/_ping', state: 'done', cli: 'every command' },
];
