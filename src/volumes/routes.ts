// The volume operations that are built: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { volumeCreate } from './create.ts';
import { volumeDelete } from './delete.ts';
import { volumeInspect } from './inspect.ts';
import { volumeList } from './list.ts';
import { volumePrune } from './prune.ts';

export const volumeRoutes: Route[] = [
  { operationId: 'VolumeList', method: 'GET', path: '/volumes', handler: volumeList },
  { operationId: 'VolumeCreate', method: 'POST', path: '/volumes/create', handler: volumeCreate },
  { operationId: 'VolumePrune', method: 'POST', path: '/volumes/prune', handler: volumePrune, since: 25 },
  { operationId: 'VolumeInspect', method: 'GET', path: '/volumes/:name', handler: volumeInspect },
  { operationId: 'VolumeDelete', method: 'DELETE', path: '/volumes/:name', handler: volumeDelete },
];
