// Host directories and files that a container sees: HostConfig.Binds, HostConfig.Mounts of type bind, volumes.
import { TritonError } from '#lib/wire/errors.ts';
import type { HostConfig, HostConfigMount } from './docker-settings.ts';
import type { SpecInput } from './types.ts';

const PROPAGATION = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** One bind mount before it is written in OCI's words. */
export interface Bind {
  source: string;
  destination: string;
  readonly: boolean;
  /** Also the mounts below it read-only; only where the kernel can (5.12). */
  recursiveReadonly: boolean;
  recursive: boolean;
  propagation: string;
  /** Nobody asked for rslave: it is without effect where the source is on no shared mount, and no reason to refuse. */
  follows?: boolean;
  /** What to do when the source is missing: dockerd makes a directory for Binds and refuses for Mounts. */
  createSource: boolean;
}

/**
 * All binds of a container. Named volumes are not resolved here: the caller gives them as `volumes`, and one that is missing
 * there is a TritonError VmStartFailed.
 */
export function containerBinds(host: HostConfig, volumes: NonNullable<SpecInput['volumes']>): Bind[] {
  const known = new Set(volumes.map((volume) => volume.destination));
  return [
    ...(host.Binds ?? []).flatMap((text) => fromText(text, known)),
    ...(host.Mounts ?? []).flatMap((mount) => fromMount(mount, known)),
    ...volumes.map((volume) => ({ ...PLAIN, ...volume })),
  ];
}

const PLAIN = {
  readonly: false,
  recursiveReadonly: true,
  recursive: true,
  propagation: 'rprivate',
  createSource: false,
};

function fromText(text: string, known: Set<string>): Bind[] {
  const [source = '', destination = '', mode = ''] = text.split(':');
  if (known.has(cleanPath(destination))) return [];
  if (!source.startsWith('/') || !destination.startsWith('/')) throw notFound(text);
  const words = mode.split(',');
  return [
    {
      ...PLAIN,
      source,
      destination: mountPoint(destination),
      readonly: words.includes('ro'),
      propagation: words.find((word) => PROPAGATION.includes(word)) ?? PLAIN.propagation,
      createSource: true,
    },
  ];
}

function fromMount(mount: HostConfigMount, known: Set<string>): Bind[] {
  if (mount.Type === 'tmpfs' || known.has(cleanPath(mount.Target))) return [];
  if (mount.Type !== 'bind' || !mount.Source?.startsWith('/')) throw notFound(mount.Source ?? mount.Target);
  const options = mount.BindOptions ?? {};
  for (const name of ['ReadOnlyNonRecursive', 'ReadOnlyForceRecursive'] as const) {
    if (mount.ReadOnly || !options[name]) continue;
    const text = `mount options conflict: !ReadOnly && BindOptions.${name}`;
    throw new TritonError('VmStartFailed', 500, text);
  }
  return [
    {
      source: mount.Source,
      destination: mountPoint(mount.Target),
      readonly: mount.ReadOnly === true,
      recursiveReadonly: options.ReadOnlyNonRecursive !== true,
      recursive: options.NonRecursive !== true,
      propagation: options.Propagation || PLAIN.propagation,
      createSource: options.CreateMountpoint === true,
    },
  ];
}

/** OCI mount options of a bind. */
export function bindOptions(bind: Bind, kernel: [number, number]): string[] {
  const canRecurse = kernel[0] > 5 || (kernel[0] === 5 && kernel[1] >= 12);
  const readonly = bind.recursiveReadonly && canRecurse ? 'rro' : 'ro';
  return [bind.recursive ? 'rbind' : 'bind', ...(bind.readonly ? [readonly] : []), bind.propagation];
}

/** Without a slash at the end, doubled slashes, `.` or `..`: paths are compared as text. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** A clean path to mount on. Throws TritonError VmStartFailed for the root: it would hide the container from itself. */
export function mountPoint(path: string): string {
  const clean = cleanPath(path);
  if (clean === '/')
    throw new TritonError('VmStartFailed', 400, "invalid specification: destination can't be '/'");
  return clean;
}

function notFound(what: string): TritonError {
  return new TritonError(
    'VmStartFailed',
    400,
    `volume of mount ${what} is not available on this compute node`,
  );
}
