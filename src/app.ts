// The one place where the daemon's parts are made and joined; no logic of its own.
import type { Server } from 'node:http';
import { join } from 'node:path';
import type Logger from 'bunyan';
import { reserveSpace } from '#lib/sqlite/reserve.ts';
import { openStore } from '#lib/store/sqlite-store.ts';
import { connectTriton } from '#lib/triton/connect.ts';
import { allRoutes } from '#src/api/all-routes.ts';
import { buildRoutes } from '#src/build/routes.ts';
import { sweepBuilds } from '#src/build/sweep.ts';
import { leftBuilds } from '#src/build/work-dir.ts';
import { commitRoutes } from '#src/commit/routes.ts';
import { sweepMadeImages } from '#src/commit/sweep.ts';
import type { DaemonConfig } from '#src/config.ts';
import { startAutoRemove } from '#src/containers/auto-remove.ts';
import { DockerRules } from '#src/containers/create/docker-rules.ts';
import { PortRulesKeeper } from '#src/containers/port-rules-keeper.ts';
import { containerRoutes } from '#src/containers/routes.ts';
import type { Account, App } from '#src/context.ts';
import { createEventHub } from '#src/events/create-hub.ts';
import { forgetExecsOfGone } from '#src/exec/forget.ts';
import { execRoutes } from '#src/exec/routes.ts';
import { startHealthMonitor } from '#src/health/monitor.ts';
import { imageRoutes } from '#src/images/routes.ts';
import { networkRoutes } from '#src/networks/routes.ts';
import { cutOffNetworks, sweepNetworks } from '#src/networks/sweep.ts';
import { createServer } from '#src/server/create-server.ts';
import { systemRoutes } from '#src/system/routes.ts';
import { volumeRoutes } from '#src/volumes/routes.ts';

export interface Daemon {
  /** Serves the API on whatever connections it is given. */
  server: Server;
  close(): Promise<void>;
}

/** Opens the store and connects to the datacenter, which need not be up yet. Throws when the store cannot be opened. */
export function createDaemon(config: DaemonConfig, log: Logger): Daemon {
  const database = join(config.stateDir, 'daemon.db');
  const store = openStore(database);
  void reserveSpace(database);
  const builds = leftBuilds(config.stateDir);
  const triton = connectTriton(config.triton, { log });
  const { vmapi, changefeed } = triton;
  const events = createEventHub({ store, vmapi, changefeed, log });
  startAutoRemove({ vmapi, changefeed, log });
  forgetExecsOfGone(events, store.execs);
  const sweep = { cutOff: cutOffNetworks(store.networks), store: store.networks, napi: triton.napi, log };
  void events.ready.then(() => sweepNetworks(sweep));
  const startedAt = Date.now();
  void events.ready.then(() =>
    sweepMadeImages({ imgapi: triton.imgapi, store: store.images, log, startedAt }),
  );
  void events.ready.then(() => sweepBuilds(builds, { vmapi, log }));
  const health = startHealthMonitor({ app: { triton, events }, store: store.health, log });
  const dockerRules = new DockerRules(triton.fwapi);
  const portRules = new PortRulesKeeper({ triton, events, log });
  const app: App = { config, log, triton, store, events, health, dockerRules, portRules };
  // Whoever may open the local socket is the administrator, as with dockerd.
  const account: Account = { uuid: config.adminUuid, login: 'admin' };
  const routes = allRoutes([
    ...containerRoutes,
    ...execRoutes,
    ...imageRoutes,
    ...systemRoutes,
    ...networkRoutes,
    ...volumeRoutes,
    ...commitRoutes,
    ...buildRoutes,
  ]);
  return {
    server: createServer(app, account, routes),
    async close() {
      health.close();
      portRules.close();
      events.close();
      await triton.close();
      store.close();
    },
  };
}
