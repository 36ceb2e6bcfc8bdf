// The image operations that are built: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { imageCreate } from './create.ts';
import { imageDelete } from './delete.ts';
import { imageHistory } from './history.ts';
import { imageInspect } from './inspect.ts';
import { imageList } from './list.ts';
import { imagePrune } from './prune.ts';
import { imageTag } from './tag.ts';

export const imageRoutes: Route[] = [
  { operationId: 'ImageList', method: 'GET', path: '/images/json', handler: imageList },
  { operationId: 'ImageCreate', method: 'POST', path: '/images/create', handler: imageCreate },
  { operationId: 'ImageInspect', method: 'GET', path: '/images/:name/json', handler: imageInspect },
  { operationId: 'ImageHistory', method: 'GET', path: '/images/:name/history', handler: imageHistory },
  { operationId: 'ImageTag', method: 'POST', path: '/images/:name/tag', handler: imageTag },
  { operationId: 'ImageDelete', method: 'DELETE', path: '/images/:name', handler: imageDelete },
  { operationId: 'ImagePrune', method: 'POST', path: '/images/prune', handler: imagePrune, since: 25 },
];
