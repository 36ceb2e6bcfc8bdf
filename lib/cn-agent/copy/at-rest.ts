// What a container that does not run would see: its root and its binds, as words for the program that mounts them.
import { containerBinds } from '../oci-spec/binds.ts';
import { dockerSettings } from '../oci-spec/docker-settings.ts';
import { INIT_IN_CONTAINER } from '../oci-spec/process.ts';
import type { OciMount, OciSpec, VolumeBind } from '../oci-spec/types.ts';
import type { ZoneRecord } from '../zone-files.ts';
import { rootMount } from './overlay.ts';

/** Host directory or file in a container. */
interface RestBind {
  source: string;
  destination: string;
  readonly: boolean;
  recursive: boolean;
}

/**
 * Words of `main.pl hold <mount point>`. The last run's spec knows every mount; before the first there is only what was asked for.
 * tmpfs mounts are empty at rest, as with dockerd they are left out. Pure.
 */
export function atRest(zone: ZoneRecord, spec: OciSpec | null, volumes: VolumeBind[] = []): string[] {
  const { hostConfig } = dockerSettings(zone.vm, zone.image.config);
  const binds = spec ? spec.mounts.flatMap(fromSpec) : containerBinds(hostConfig, volumes);
  const { type, source, options, directory } = rootMount(zone.rootfs);
  return [
    flag(hostConfig.ReadonlyRootfs === true),
    ...[type, source, options, directory],
    ...binds.toSorted((a, b) => depth(a) - depth(b)).flatMap(words),
  ];
}

function fromSpec({ type, source, destination, options }: OciMount): RestBind[] {
  // docker-init is the agent's own, and so is a /dev/shm that is shared.
  const isOwn = destination === INIT_IN_CONTAINER || (destination === '/dev/shm' && isShm(source));
  if (type !== 'bind' || isOwn) return [];
  const readonly = options.includes('ro') || options.includes('rro');
  return [{ source, destination, readonly, recursive: options.includes('rbind') }];
}

/** The host's, or a container's. */
const isShm = (source: string): boolean => source.endsWith('/shm');
const words = ({ source, destination, readonly, recursive }: RestBind): string[] => [
  source,
  destination,
  flag(readonly),
  flag(recursive),
];
const flag = (value: boolean): string => (value ? '1' : '');
const depth = ({ destination }: RestBind): number => destination.split('/').length;
