// The operations on networks.
import type { Operation } from './types.ts';

export const NETWORKS_OPERATIONS: readonly Operation[] = [
  {
    operationId: 'NetworkList',
    method: 'GET',
    path: '/networks',
    state: 'done',
    cli: 'docker network ls',
  },
  {
    operationId: 'NetworkInspect',
    method: 'GET',
    path: '/networks/:id',
    state: 'done',
    cli: 'docker network inspect',
  },
  {
    operationId: 'NetworkDelete',
    method: 'DELETE',
    path: '/networks/:id',
    state: 'done',
    cli: 'docker network rm',
  },
  {
    operationId: 'NetworkCreate',
    method: 'POST',
    path: '/networks/create',
    state: 'partial',
    reason:
      'a fabric network of the account; driver bridge only, one subnet of each family, always IPv4 (no --ipv4=false), IPv6 where the compute nodes have it (capability `docker_ipv6`); of the bridge options com.docker.network.driver.mtu, and com.docker.network.bridge.enable_icc and enable_ip_masquerade (capability `docker_bridge_options`) do something, others that would are refused by name',
    cli: 'docker network create',
  },
  {
    operationId: 'NetworkConnect',
    method: 'POST',
    path: '/networks/:id/connect',
    state: 'done',
    cli: 'docker network connect',
  },
  {
    operationId: 'NetworkDisconnect',
    method: 'POST',
    path: '/networks/:id/disconnect',
    state: 'done',
    cli: 'docker network disconnect',
  },
  {
    operationId: 'NetworkPrune',
    method: 'POST',
    path: '/networks/prune',
    state: 'done',
    cli: 'docker network prune',
  },
];
