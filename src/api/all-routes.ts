// Joins the operations table with the rooms' routes: every operation answers, built or not.
import type { Handler, Route } from '#src/context.ts';
import { notImplemented, unavailable } from '#src/errors.ts';
import type { Operation } from './operations.ts';
import { OPERATIONS, operationWords } from './operations.ts';

/** dockerd's words (daemon/cluster/errors.go); clients look for "not a swarm manager". */
export const NOT_A_MANAGER =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

/**
 * One route per operation. A room's route takes the place of the stand-in of the same operationId. Throws an Error for a route
 * that the table does not know or whose method or path differs from it: a mistake in the program.
 */
export function allRoutes(rooms: readonly Route[]): Route[] {
  const built = new Map<string, Route>();
  const known = new Map(OPERATIONS.map((op) => [op.operationId, op]));
  for (const route of rooms) {
    const op = known.get(route.operationId);
    if (op === undefined) throw new Error(`route ${route.operationId} is not in src/api/operations`);
    if (op.method !== route.method || shape(op.path) !== shape(route.path)) {
      throw new Error(`route ${route.operationId} is ${op.method} ${op.path} in src/api/operations`);
    }
    if (built.has(route.operationId)) throw new Error(`two routes for ${route.operationId}`);
    built.set(route.operationId, route);
  }
  return OPERATIONS.map((op) => built.get(op.operationId) ?? standIn(op));
}

/** A path with its parameters' names taken out. */
function shape(path: string): string {
  return path.replace(/:\w+/g, ':');
}

function standIn(op: Operation): Route {
  const { operationId, method, path, since } = op;
  return { operationId, method, path, since, handler: op.state === 'swarm' ? notAManager : notBuilt(op) };
}

const notAManager: Handler = async () => {
  throw unavailable(NOT_A_MANAGER);
};

function notBuilt(op: Operation): Handler {
  const message = `${operationWords(op.operationId)} is not implemented yet by sdc-docker`;
  return async () => {
    throw notImplemented(message);
  };
}
