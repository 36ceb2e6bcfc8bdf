// Which files tell the statistics of a container: by the host's kind of cgroups.
import type { HostFacts } from '../oci-spec/types.ts';

const CGROUP = '/sys/fs/cgroup';

/** controller/file of cgroup v1, by the name that v1.ts knows. Those with `cfq` are of kernels before 5.0. */
const V1: Readonly<Record<string, string>> = {
  cpuUsage: 'cpuacct/cpuacct.usage',
  cpuPercpu: 'cpuacct/cpuacct.usage_percpu',
  cpuStat: 'cpuacct/cpuacct.stat',
  cpuThrottling: 'cpu/cpu.stat',
  memoryStat: 'memory/memory.stat',
  memoryUsage: 'memory/memory.usage_in_bytes',
  memoryMax: 'memory/memory.max_usage_in_bytes',
  memoryFailcnt: 'memory/memory.failcnt',
  memoryLimit: 'memory/memory.limit_in_bytes',
  pidsCurrent: 'pids/pids.current',
  pidsLimit: 'pids/pids.max',
  ioBytes: 'blkio/blkio.throttle.io_service_bytes_recursive',
  ioServiced: 'blkio/blkio.throttle.io_serviced_recursive',
  cfqBytes: 'blkio/blkio.io_service_bytes_recursive',
  cfqServiced: 'blkio/blkio.io_serviced_recursive',
  cfqQueued: 'blkio/blkio.io_queued_recursive',
  cfqServiceTime: 'blkio/blkio.io_service_time_recursive',
  cfqWaitTime: 'blkio/blkio.io_wait_time_recursive',
  cfqMerged: 'blkio/blkio.io_merged_recursive',
  cfqTime: 'blkio/blkio.time_recursive',
  cfqSectors: 'blkio/blkio.sectors_recursive',
};

/** Files of cgroup v2, by the name that v2.ts knows. */
const V2: Readonly<Record<string, string>> = {
  cpu: 'cpu.stat',
  memoryStat: 'memory.stat',
  memoryUsage: 'memory.current',
  memoryLimit: 'memory.max',
  memoryEvents: 'memory.events',
  pidsCurrent: 'pids.current',
  pidsLimit: 'pids.max',
  io: 'io.stat',
};

/** Path by name; pure. `cgroupsPath` is that of the OCI spec. Without a network of its own a container has no netDev. */
export function statPaths(run: {
  cgroup: HostFacts['cgroup'];
  cgroupsPath: string;
  pid: number;
  ownNetwork: boolean;
}): Record<string, string> {
  const { cgroup, cgroupsPath, pid } = run;
  const paths =
    cgroup === 'v2'
      ? Object.entries(V2).map(([name, file]) => [name, `${CGROUP}${cgroupsPath}/${file}`])
      : Object.entries(V1).map(([name, place]) => {
          const [controller, file] = place.split('/');
          return [name, `${CGROUP}/${controller}${cgroupsPath}/${file}`];
        });
  if (run.ownNetwork) paths.push(['netDev', `/proc/${pid}/net/dev`]);
  return Object.fromEntries(paths);
}
