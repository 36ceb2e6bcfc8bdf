// The words by which a compute node tells which of Docker's limits its kernel keeps; among its 'Docker Capabilities'. AG → SD. Ours.

/** The node tells of its limits at all: without this word nothing is known of them. */
export const TELLS_LIMITS = 'docker_limits';

/** By what the kernel must have; see sysInfo in moby. */
export const LIMITS = {
  memory: 'limit_memory',
  swap: 'limit_swap',
  swappiness: 'limit_swappiness',
  reservation: 'limit_reservation',
  oomKill: 'limit_oom_kill_disable',
  pids: 'limit_pids',
  cpuShares: 'limit_cpu_shares',
  cpuCfs: 'limit_cpu_cfs',
  cpuset: 'limit_cpuset',
  blkioWeight: 'limit_blkio_weight',
  blkioThrottle: 'limit_blkio_throttle',
} as const;

export type LimitName = keyof typeof LIMITS;
