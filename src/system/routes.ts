// The operations on the daemon itself that are built: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { systemEvents } from '#src/events/events.ts';
import { systemInfo } from './info.ts';
import { systemPing, systemPingHead } from './ping.ts';
import { pluginInspect, pluginList } from './plugins.ts';
import { ServerLists } from './server-list.ts';
import { systemVersion } from './version.ts';

/** Version and info share what CNAPI told last. */
function makeRoutes(servers: ServerLists): Route[] {
  return [
    { operationId: 'SystemPing', method: 'GET', path: '/_ping', handler: systemPing },
    { operationId: 'SystemPingHead', method: 'HEAD', path: '/_ping', handler: systemPingHead },
    { operationId: 'SystemVersion', method: 'GET', path: '/version', handler: systemVersion(servers) },
    { operationId: 'SystemInfo', method: 'GET', path: '/info', handler: systemInfo(servers) },
    { operationId: 'PluginList', method: 'GET', path: '/plugins', handler: pluginList },
    { operationId: 'PluginInspect', method: 'GET', path: '/plugins/:name/json', handler: pluginInspect },
    { operationId: 'SystemEvents', method: 'GET', path: '/events', handler: systemEvents },
  ];
}

export const systemRoutes: Route[] = makeRoutes(new ServerLists());
