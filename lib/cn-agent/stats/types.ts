// What a sample of one container consists of, as JSON texts in the shape of Docker's API.

/** Reads a file by its name (sources.ts); '' when there is none. */
export type ReadText = (name: string) => string;

/** The machine's share of a sample, read once for all containers. */
export interface SystemCpu {
  /** ns, digits */
  usage: string;
  online: number;
}

/** What a container's cgroup tells. */
export interface CgroupParts {
  cpuUsage: string;
  throttling: string;
  memory: string;
  pids: string;
  blkio: string;
}
