// Every operation of the Engine API, 1.24 to 1.55, with its state: routes, 501 answers and docs/divergence.md come from here.
import { CONTAINERS_OPERATIONS } from './operations/containers.ts';
import { EXEC_OPERATIONS } from './operations/exec.ts';
import { IMAGES_OPERATIONS } from './operations/images.ts';
import { NETWORKS_OPERATIONS } from './operations/networks.ts';
import { PLUGINS_OPERATIONS } from './operations/plugins.ts';
import { SWARM_OPERATIONS } from './operations/swarm.ts';
import { SYSTEM_OPERATIONS } from './operations/system.ts';
import type { Operation } from './operations/types.ts';
import { VOLUMES_OPERATIONS } from './operations/volumes.ts';

export type { Operation, OperationState } from './operations/types.ts';

export const OPERATIONS: readonly Operation[] = [
  ...CONTAINERS_OPERATIONS,
  ...EXEC_OPERATIONS,
  ...IMAGES_OPERATIONS,
  ...NETWORKS_OPERATIONS,
  ...VOLUMES_OPERATIONS,
  ...SYSTEM_OPERATIONS,
  ...PLUGINS_OPERATIONS,
  ...SWARM_OPERATIONS,
];

/** 'ContainerPause' → 'Container pause'; 'GetPluginPrivileges' → 'Get plugin privileges'. */
export function operationWords(operationId: string): string {
  const words = operationId.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
