// Flags of docker run and create on mounts, volumes and the root filesystem.
import type { Flag } from './types.ts';

export const STORAGE_FLAGS = [
  {
    flags: '--volume',
    fields: ['HostConfig.Binds', 'Config.Volumes'],
    state: 'partial',
    reason:
      "paths of the compute node work; -v /path and an image's VOLUMEs are directories of the container's own root filesystem, go with it, and are not among its mounts",
    refused: ['named volumes (--volume NAME:/path)'],
    metadataOnly: true,
  },
  {
    flags: '--mount',
    fields: ['HostConfig.Mounts'],
    state: 'partial',
    reason: 'bind and tmpfs work',
    refused: ['mounts other than bind and tmpfs (--mount)'],
    metadataOnly: true,
  },
  { flags: '--tmpfs', fields: ['HostConfig.Tmpfs'], state: 'done', metadataOnly: true },
  {
    flags: '--volumes-from',
    fields: ['HostConfig.VolumesFrom'],
    state: 'notImplemented',
    refused: ['volumes from another container (--volumes-from)'],
  },
  {
    flags: '--volume-driver',
    fields: ['HostConfig.VolumeDriver'],
    state: 'notImplemented',
    refused: ['volume drivers (--volume-driver)'],
  },
  {
    flags: '--storage-opt',
    fields: ['HostConfig.StorageOpt'],
    state: 'notImplemented',
    refused: ['storage options (--storage-opt)'],
  },
] as const satisfies readonly Flag[];
