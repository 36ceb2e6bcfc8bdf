// A VOLAPI volume as Docker's.
import type { Volume } from '#lib/wire/types.ts';

export interface VolumeResource {
  CreatedAt: string;
  Driver: string;
  Labels: Record<string, string> | null;
  Mountpoint: string;
  Name: string;
  Options: Record<string, string> | null;
  Scope: 'local' | 'global';
}

/** Pure. */
export function toVolume(volume: Volume): VolumeResource {
  const { name, type, labels = {}, options = {}, size, create_timestamp, filesystem_path = '' } = volume;
  const all = { ...(size === undefined ? {} : { size: `${size}M` }), ...options };
  return {
    // Go's time has no zeros at its end, dockerd's here no fraction.
    CreatedAt: create_timestamp.replace(/\.\d+Z$/, 'Z'),
    Driver: type,
    Labels: Object.keys(labels).length > 0 ? labels : null,
    Mountpoint: filesystem_path,
    Name: name,
    Options: Object.keys(all).length > 0 ? all : null,
    Scope: 'local',
  };
}
