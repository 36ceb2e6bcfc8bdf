// The operations on exec instances.
import type { Operation } from './types.ts';

export const EXEC_OPERATIONS: readonly Operation[] = [
  {
    operationId: 'ContainerExec',
    method: 'POST',
    path: '/containers/:id/exec',
    state: 'done',
    cli: 'docker exec',
  },
  { operationId: 'ExecStart', method: 'POST', path: '/exec/:id/start', state: 'done', cli: 'docker exec' },
  {
    operationId: 'ExecResize',
    method: 'POST',
    path: '/exec/:id/resize',
    state: 'done',
    cli: 'docker exec -t',
  },
  { operationId: 'ExecInspect', method: 'GET', path: '/exec/:id/json', state: 'done', cli: 'docker exec' },
];
