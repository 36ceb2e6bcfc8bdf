// CoaL's VOLAPI: the volumes of all accounts, on this machine's disk (triton-wire §5.6).
import { join } from 'node:path';
import type Logger from 'bunyan';
import type { TaskRunner } from '../cnapi/task-runner.ts';
import type { CoalService } from '../types.ts';
import { volapiRoutes } from './routes.ts';
import { openVolapiStore } from './store.ts';
import { Volumes } from './volumes.ts';

export interface VolapiOptions {
  /** CoaL's state directory: volapi.db goes there. */
  stateDir: string;
  tasks: TaskRunner;
  log: Logger;
}

export type Volapi = CoalService & { readonly volumes: Volumes };

/** Resolves when what a crash had cut off is finished; the agent must be there. */
export async function createVolapi(opts: VolapiOptions): Promise<Volapi> {
  const log = opts.log.child({ component: 'volapi' });
  const store = openVolapiStore(join(opts.stateDir, 'volapi.db'));
  const volumes = new Volumes(store, opts.tasks);
  try {
    await volumes.recover({ reqId: 'volapi-start', log });
  } catch (err) {
    store.close();
    throw err;
  }
  return {
    name: 'volapi',
    server: 'VOLAPI',
    routes: volapiRoutes(volumes),
    volumes,
    close: async () => store.close(),
  };
}
