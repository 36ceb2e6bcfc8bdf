// The build operations that are there: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { imageBuild } from './build.ts';
import { buildPrune } from './prune.ts';

export const buildRoutes: Route[] = [
  { operationId: 'ImageBuild', method: 'POST', path: '/build', handler: imageBuild },
  { operationId: 'BuildPrune', method: 'POST', path: '/build/prune', handler: buildPrune, since: 31 },
];
