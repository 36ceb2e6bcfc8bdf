// The container operations that are built: operation, method, path, handler.
import type { Route } from '#src/context.ts';
import { containerArchive } from './archive/get.ts';
import { containerArchiveInfo } from './archive/info.ts';
import { putContainerArchive } from './archive/put.ts';
import { containerAttach } from './attach.ts';
import { containerAttachWebsocket } from './attach-websocket.ts';
import { containerChanges } from './changes.ts';
import { containerCreate } from './create/create.ts';
import { containerDelete } from './delete.ts';
import { containerExport } from './export.ts';
import { containerInspect } from './inspect.ts';
import { containerKill } from './kill.ts';
import { containerList } from './list.ts';
import { containerLogs } from './logs.ts';
import { containerPause } from './pause.ts';
import { containerPrune } from './prune.ts';
import { containerRename } from './rename.ts';
import { containerResize } from './resize.ts';
import { containerRestart } from './restart.ts';
import { containerStart } from './start.ts';
import { containerStats } from './stats.ts';
import { containerStop } from './stop.ts';
import { containerTop } from './top.ts';
import { containerUnpause } from './unpause.ts';
import { containerUpdate } from './update.ts';
import { containerWait } from './wait.ts';

export const containerRoutes: Route[] = [
  { operationId: 'ContainerList', method: 'GET', path: '/containers/json', handler: containerList },
  { operationId: 'ContainerCreate', method: 'POST', path: '/containers/create', handler: containerCreate },
  {
    operationId: 'ContainerPrune',
    method: 'POST',
    path: '/containers/prune',
    handler: containerPrune,
    since: 25,
  },
  { operationId: 'ContainerInspect', method: 'GET', path: '/containers/:id/json', handler: containerInspect },
  { operationId: 'ContainerTop', method: 'GET', path: '/containers/:id/top', handler: containerTop },
  { operationId: 'ContainerStats', method: 'GET', path: '/containers/:id/stats', handler: containerStats },
  { operationId: 'ContainerLogs', method: 'GET', path: '/containers/:id/logs', handler: containerLogs },
  {
    operationId: 'ContainerChanges',
    method: 'GET',
    path: '/containers/:id/changes',
    handler: containerChanges,
  },
  { operationId: 'ContainerExport', method: 'GET', path: '/containers/:id/export', handler: containerExport },
  {
    operationId: 'ContainerArchiveInfo',
    method: 'HEAD',
    path: '/containers/:id/archive',
    handler: containerArchiveInfo,
  },
  {
    operationId: 'ContainerArchive',
    method: 'GET',
    path: '/containers/:id/archive',
    handler: containerArchive,
  },
  {
    operationId: 'PutContainerArchive',
    method: 'PUT',
    path: '/containers/:id/archive',
    handler: putContainerArchive,
  },
  { operationId: 'ContainerStart', method: 'POST', path: '/containers/:id/start', handler: containerStart },
  { operationId: 'ContainerStop', method: 'POST', path: '/containers/:id/stop', handler: containerStop },
  {
    operationId: 'ContainerRestart',
    method: 'POST',
    path: '/containers/:id/restart',
    handler: containerRestart,
  },
  { operationId: 'ContainerKill', method: 'POST', path: '/containers/:id/kill', handler: containerKill },
  { operationId: 'ContainerPause', method: 'POST', path: '/containers/:id/pause', handler: containerPause },
  {
    operationId: 'ContainerUnpause',
    method: 'POST',
    path: '/containers/:id/unpause',
    handler: containerUnpause,
  },
  {
    operationId: 'ContainerUpdate',
    method: 'POST',
    path: '/containers/:id/update',
    handler: containerUpdate,
  },
  {
    operationId: 'ContainerRename',
    method: 'POST',
    path: '/containers/:id/rename',
    handler: containerRename,
  },
  {
    operationId: 'ContainerResize',
    method: 'POST',
    path: '/containers/:id/resize',
    handler: containerResize,
  },
  {
    operationId: 'ContainerAttach',
    method: 'POST',
    path: '/containers/:id/attach',
    handler: containerAttach,
  },
  {
    operationId: 'ContainerAttachWebsocket',
    method: 'GET',
    path: '/containers/:id/attach/ws',
    handler: containerAttachWebsocket,
  },
  { operationId: 'ContainerWait', method: 'POST', path: '/containers/:id/wait', handler: containerWait },
  { operationId: 'ContainerDelete', method: 'DELETE', path: '/containers/:id', handler: containerDelete },
];
