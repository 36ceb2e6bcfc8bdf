// The exec operations: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { containerExec } from './create.ts';
import { execInspect } from './inspect.ts';
import { execResize } from './resize.ts';
import { execStart } from './start.ts';

export const execRoutes: Route[] = [
  { operationId: 'ContainerExec', method: 'POST', path: '/containers/:id/exec', handler: containerExec },
  { operationId: 'ExecStart', method: 'POST', path: '/exec/:id/start', handler: execStart },
  { operationId: 'ExecResize', method: 'POST', path: '/exec/:id/resize', handler: execResize },
  { operationId: 'ExecInspect', method: 'GET', path: '/exec/:id/json', handler: execInspect },
];
