// The operations on plugins.
import type { Operation } from './types.ts';

export const PLUGINS_OPERATIONS: readonly Operation[] = [
  {
    operationId: 'PluginList',
    method: 'GET',
    path: '/plugins',
    state: 'partial',
    reason: 'there are no plugins to install: the list is empty',
    cli: 'docker plugin ls',
  },
  {
    operationId: 'GetPluginPrivileges',
    method: 'GET',
    path: '/plugins/privileges',
    state: 'notImplemented',
    cli: 'docker plugin install',
  },
  {
    operationId: 'PluginPull',
    method: 'POST',
    path: '/plugins/pull',
    state: 'notImplemented',
    cli: 'docker plugin install',
  },
  {
    operationId: 'PluginInspect',
    method: 'GET',
    path: '/plugins/:name/json',
    state: 'partial',
    reason: 'there are no plugins to install: none is found',
    cli: 'docker plugin inspect',
  },
  {
    operationId: 'PluginDelete',
    method: 'DELETE',
    path: '/plugins/:name',
    state: 'notImplemented',
    cli: 'docker plugin rm',
  },
  {
    operationId: 'PluginEnable',
    method: 'POST',
    path: '/plugins/:name/enable',
    state: 'notImplemented',
    cli: 'docker plugin enable',
  },
  {
    operationId: 'PluginDisable',
    method: 'POST',
    path: '/plugins/:name/disable',
    state: 'notImplemented',
    cli: 'docker plugin disable',
  },
  {
    operationId: 'PluginCreate',
    method: 'POST',
    path: '/plugins/create',
    state: 'notImplemented',
    cli: 'docker plugin create',
  },
  {
    operationId: 'PluginPush',
    method: 'POST',
    path: '/plugins/:name/push',
    state: 'notImplemented',
    cli: 'docker plugin push',
  },
  {
    operationId: 'PluginSet',
    method: 'POST',
    path: '/plugins/:name/set',
    state: 'notImplemented',
    cli: 'docker plugin set',
  },
  {
    operationId: 'PluginUpgrade',
    method: 'POST',
    path: '/plugins/:name/upgrade',
    state: 'notImplemented',
    cli: 'docker plugin upgrade',
  },
];
