// Flags of docker run and create on memory, CPU, block I/O and devices.
import type { Flag } from './types.ts';

export const RESOURCE_FLAGS = [
  {
    flags: '--memory',
    fields: ['HostConfig.Memory'],
    state: 'partial',
    reason:
      "also chooses the smallest package that fits, and is a 400 when none does; without the flag, and on a datacenter's compute nodes, the package's memory is the limit",
  },
  {
    flags: '--memory-reservation, --memory-swap, --memory-swappiness',
    fields: ['HostConfig.MemoryReservation', 'HostConfig.MemorySwap', 'HostConfig.MemorySwappiness'],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--oom-kill-disable',
    fields: ['HostConfig.OomKillDisable'],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--cpus, --cpu-shares, --cpu-period, --cpu-quota',
    fields: ['HostConfig.NanoCpus', 'HostConfig.CpuShares', 'HostConfig.CpuPeriod', 'HostConfig.CpuQuota'],
    state: 'partial',
    reason: "without the flags the package's share and cap are the limits",
    metadataOnly: true,
  },
  {
    flags: '--cpu-rt-period, --cpu-rt-runtime',
    fields: ['HostConfig.CpuRealtimePeriod', 'HostConfig.CpuRealtimeRuntime'],
    state: 'done',
    reason: 'as on a dockerd without --cpu-rt-runtime: the parent cgroup has no real-time time to give',
    metadataOnly: true,
  },
  {
    flags: '--cpuset-cpus, --cpuset-mems',
    fields: ['HostConfig.CpusetCpus', 'HostConfig.CpusetMems'],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--cpu-count, --cpu-percent, --io-maxbandwidth, --io-maxiops',
    fields: [
      'HostConfig.CpuCount',
      'HostConfig.CpuPercent',
      'HostConfig.IOMaximumBandwidth',
      'HostConfig.IOMaximumIOps',
    ],
    state: 'done',
    reason: 'of Windows: without effect, or a 400, as on any Linux dockerd',
  },
  {
    flags: '--pids-limit',
    fields: ['HostConfig.PidsLimit'],
    state: 'partial',
    reason: "without the flag, and with 0 or -1, the package's limit counts",
    metadataOnly: true,
  },
  { flags: '--shm-size', fields: ['HostConfig.ShmSize'], state: 'done', metadataOnly: true },
  {
    flags: '--blkio-weight, --blkio-weight-device, --device-read-*, --device-write-*',
    fields: [
      'HostConfig.BlkioWeight',
      'HostConfig.BlkioWeightDevice',
      'HostConfig.BlkioDeviceReadBps',
      'HostConfig.BlkioDeviceReadIOps',
      'HostConfig.BlkioDeviceWriteBps',
      'HostConfig.BlkioDeviceWriteIOps',
    ],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--device, --device-cgroup-rule',
    fields: ['HostConfig.Devices', 'HostConfig.DeviceCgroupRules'],
    state: 'partial',
    reason:
      'paths of the compute node work; names of the Container Device Interface are device requests (--gpus)',
    metadataOnly: true,
  },
  {
    flags: '--gpus',
    fields: ['HostConfig.DeviceRequests'],
    state: 'done',
    reason: 'as on a dockerd without a driver for it: refused at the start',
    metadataOnly: true,
  },
] as const satisfies readonly Flag[];
