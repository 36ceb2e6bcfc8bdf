// Which of Docker's limits name devices of the compute node.

/** Keys of HostConfig: limits of block I/O. */
export const DEVICE_LIMITS = [
  'BlkioWeightDevice',
  'BlkioDeviceReadBps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteIOps',
] as const;

export type DeviceLimit = (typeof DEVICE_LIMITS)[number];
