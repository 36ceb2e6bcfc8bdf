// Binds and mounts of a container's HostConfig as Docker's list of mount points.
import { cleanPath } from '../clean-path.ts';
import type { HostConfig, MountPoint, MountSpec } from '../types.ts';

const PROPAGATION = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave'];

/** Sorted by destination. --tmpfs is not among them, as in dockerd. Pure. */
export function toMounts(hostConfig: Partial<HostConfig>): MountPoint[] {
  const points = [...(hostConfig.Binds ?? []).map(fromBind), ...(hostConfig.Mounts ?? []).map(fromMount)];
  return points.sort((a, b) => (a.Destination < b.Destination ? -1 : 1));
}

/** "source:destination[:mode,…]" */
function fromBind(bind: string): MountPoint {
  const [source = '', destination = '', mode = ''] = bind.split(':');
  const options = mode.split(',');
  return {
    Type: 'bind',
    Source: cleanPath(source),
    Destination: cleanPath(destination),
    Mode: mode,
    RW: !options.includes('ro'),
    Propagation: options.find((option) => PROPAGATION.includes(option)) ?? 'rprivate',
  };
}

function fromMount(mount: MountSpec): MountPoint {
  const propagation = mount.BindOptions?.Propagation;
  return {
    Type: mount.Type,
    Source: mount.Source ? cleanPath(mount.Source) : '',
    Destination: cleanPath(mount.Target),
    Mode: '',
    RW: mount.ReadOnly !== true,
    Propagation:
      mount.Type !== 'bind' ? '' : typeof propagation === 'string' && propagation ? propagation : 'rprivate',
  };
}
