// The volume operations that are built: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { volumeInspect } from './inspect.ts';

export const volumeRoutes: Route[] = [
  { operationId: 'VolumeInspect', method: 'GET', path: '/volumes/:name', handler: volumeInspect },
];
