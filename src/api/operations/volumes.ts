// The operations on volumes.
import type { Operation } from './types.ts';

export const VOLUMES_OPERATIONS: readonly Operation[] = [
  {
    operationId: 'VolumeList',
    method: 'GET',
    path: '/volumes',
    state: 'done',
    cli: 'docker volume ls',
  },
  {
    operationId: 'VolumeCreate',
    method: 'POST',
    path: '/volumes/create',
    state: 'done',
    cli: 'docker volume create',
  },
  {
    operationId: 'VolumeInspect',
    method: 'GET',
    path: '/volumes/:name',
    state: 'done',
    cli: 'docker volume inspect',
  },
  {
    operationId: 'VolumeDelete',
    method: 'DELETE',
    path: '/volumes/:name',
    state: 'done',
    cli: 'docker volume rm',
  },
  {
    operationId: 'VolumePrune',
    method: 'POST',
    path: '/volumes/prune',
    state: 'done',
    cli: 'docker volume prune',
  },
  {
    operationId: 'VolumeUpdate',
    method: 'PUT',
    path: '/volumes/:name',
    state: 'swarm',
    cli: 'docker volume update',
  },
];
