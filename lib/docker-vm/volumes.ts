// A container's volumes as the Docker side asks for them in POST /vms and as the Triton side tells of them in metadata.
import { randomBytes } from 'node:crypto';
import { MD } from './metadata.ts';

/** Label of volumes that nobody named. moby's own. */
export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

/** One element of `volumes` in the body of POST /vms. The first four are Triton's. */
export interface VmVolumeRequest {
  name: string;
  /** VOLAPI's word: 'tritonnfs', or ours: 'local'. */
  type: string;
  mountpoint: string;
  mode: 'rw' | 'ro';
  /** Ours, for a volume that is made now. */
  labels?: Record<string, string>;
  options?: Record<string, string>;
  /** Ours: goes with the VM when its removal asks for that. */
  anonymous?: true;
  /** Ours: what the image has at the mountpoint is not copied into an empty volume. */
  nocopy?: true;
  /** Ours: only this part of the volume. */
  subpath?: string;
}

/** One element of `docker:volumes`: the same, found or made. */
export interface VmVolume extends VmVolumeRequest {
  uuid: string;
  /** Its directory on the compute node. */
  source: string;
}

/** A name for a volume that nobody named, as dockerd makes them up: 64 hex digits. */
export function newVolumeName(): string {
  return randomBytes(32).toString('hex');
}

/** What `docker:volumes` holds; broken JSON counts as nothing. Pure. */
export function vmVolumesOf(metadata: Record<string, unknown>): VmVolume[] {
  return listOf<VmVolume>(metadata[MD.volumes]);
}

/** A list from metadata; whatever else is there counts as none. Pure. */
export function listOf<T>(json: unknown): T[] {
  if (typeof json !== 'string') return [];
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? (value as T[]) : [];
  } catch {
    return [];
  }
}
