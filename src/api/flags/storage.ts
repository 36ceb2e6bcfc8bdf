// Flags of docker run and create on mounts, volumes and the root filesystem.
import type { Flag } from './types.ts';

export const STORAGE_FLAGS = [
  {
    flags: '--volume',
    fields: ['HostConfig.Binds', 'Config.Volumes'],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--mount',
    fields: ['HostConfig.Mounts'],
    state: 'partial',
    reason: 'inspect does not say where on the compute node an image is mounted',
    metadataOnly: true,
  },
  { flags: '--tmpfs', fields: ['HostConfig.Tmpfs'], state: 'done', metadataOnly: true },
  {
    flags: '--volumes-from',
    fields: ['HostConfig.VolumesFrom'],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--volume-driver',
    fields: ['HostConfig.VolumeDriver'],
    state: 'done',
    metadataOnly: true,
  },
  {
    flags: '--storage-opt',
    fields: ['HostConfig.StorageOpt'],
    state: 'done',
    reason:
      'size, where the file system of the compute node has project quotas (ext4 and xfs); else a 400 with the text of a dockerd without them',
  },
] as const satisfies readonly Flag[];
