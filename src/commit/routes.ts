// The operation that makes an image of a container.
import type { Route } from '#src/context.ts';
import { imageCommit } from './commit.ts';

export const commitRoutes: Route[] = [
  { operationId: 'ImageCommit', method: 'POST', path: '/commit', handler: imageCommit },
];
