// dockerd's rules for binds, mounts, tmpfs and --volumes-from in a create request (moby volume/mounts), with its texts.
import { posix } from 'node:path';
import { cleanPath } from '#src/containers/clean-path.ts';
import type { HostConfig, MountSpec } from '#src/containers/types.ts';
import { type DockerError, invalid } from '#src/errors.ts';

export const PROPAGATION_MODES = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave'];
/** Of Docker Desktop; without effect on Linux. */
const CONSISTENCY_MODES = ['consistent', 'cached', 'delegated'];
/** Words of a mode: of each of these groups at most one. */
const MODE_GROUPS = [['ro', 'rw'], ['z', 'Z'], ['nocopy'], PROPAGATION_MODES, CONSISTENCY_MODES];
/** Which type of mount has which options. */
export const OPTIONS_OF = [
  ['bind', 'BindOptions'],
  ['volume', 'VolumeOptions'],
  ['image', 'ImageOptions'],
  ['tmpfs', 'TmpfsOptions'],
] as const;

/** An element of HostConfig.Binds: "/path", "source:/path" or "source:/path:mode". */
export interface BindText {
  /** '' for an anonymous volume. */
  source: string;
  destination: string;
  /** As it was written. */
  mode: string;
}

/** Throws DockerError invalid. A destination comes at most once; only a --mount may be where a --tmpfs is, which hides it. */
export function validateMounts(host: HostConfig): void {
  const tmpfs = new Set(Object.keys(host.Tmpfs ?? {}).map(tmpfsTarget));
  const destinations = (host.Binds ?? []).map((bind) => cleanPath(parseBind(bind).destination));
  const hidden = destinations.find((path) => tmpfs.has(path));
  if (hidden !== undefined) throw invalid(`Duplicate mount point: ${hidden}`);
  for (const mount of host.Mounts ?? []) {
    try {
      validateMount(mount);
    } catch (err) {
      throw invalid(`invalid mount config for type "${mount.Type}": ${(err as DockerError).clientMessage}`);
    }
    destinations.push(cleanPath(mount.Target));
  }
  for (const text of host.VolumesFrom ?? []) parseVolumesFrom(text);
  const seen = new Set<string>();
  for (const path of destinations) {
    if (seen.has(path)) throw invalid(`Duplicate mount point: ${path}`);
    seen.add(path);
  }
}

/** Throws DockerError invalid. Pure. */
export function parseBind(text: string): BindText {
  const refuse = (why?: string): DockerError =>
    invalid(`invalid volume specification: '${text}'${why === undefined ? '' : `: ${why}`}`);
  const parts = text.split(':');
  const [first = '', second, mode = '', ...more] = parts;
  // 'destination:mode' names no source, however it may look.
  const isModeOnly = parts.length === 2 && second !== undefined && isMode(second);
  if (first === '' || more.length > 0 || isModeOnly) throw refuse();
  if (!isMode(mode)) throw invalid(`invalid mode: ${mode}`);
  const bind = { source: second === undefined ? '' : first, destination: second ?? first, mode };
  const type = bind.source.startsWith('/') ? 'bind' : 'volume';
  const words = mode.split(',');
  const spec: MountSpec = {
    Type: type,
    Source: bind.source,
    Target: bind.destination,
    ReadOnly: words.includes('ro'),
    ...(words.includes('nocopy') ? { VolumeOptions: { NoCopy: true } } : {}),
    ...(words.some((word) => PROPAGATION_MODES.includes(word)) ? { BindOptions: {} } : {}),
  };
  try {
    validateMount(spec);
  } catch (err) {
    throw refuse(`invalid mount config for type "${type}": ${(err as DockerError).clientMessage}`);
  }
  return bind;
}

/** "container" or "container:mode". Throws DockerError invalid. Pure. */
export function parseVolumesFrom(text: string): { ref: string; readonly: boolean } {
  if (text === '') throw invalid('volumes-from specification cannot be an empty string');
  const at = text.indexOf(':');
  const ref = at < 0 ? text : text.slice(0, at);
  const mode = at < 0 ? 'rw' : text.slice(at + 1);
  const words = mode.split(',');
  const isForeign = words.some((word) => word === 'nocopy' || PROPAGATION_MODES.includes(word));
  if (!isMode(mode) || isForeign) throw invalid(`invalid mode: ${mode}`);
  return { ref, readonly: words.includes('ro') };
}

/** Throws DockerError invalid without the words that say which mount it is. */
function validateMount(mount: MountSpec): void {
  const { Type, Target, Source = '' } = mount;
  for (const [type, field] of OPTIONS_OF) {
    if (type !== Type && mount[field] !== undefined) throw invalid(`field ${field} must not be specified`);
  }
  if (Target === '') throw invalid('field Target must not be empty');
  validateTarget(Target);
  switch (Type) {
    case 'bind':
      if (Source === '') throw invalid('field Source must not be empty');
      validateBind(mount);
      if (!posix.isAbsolute(Source)) throw mustBeAbsolute(Source);
      break;
    case 'volume':
      validateSubpath(mount.VolumeOptions?.Subpath, Source);
      break;
    case 'tmpfs':
      if (Source !== '') throw invalid('field Source must not be specified');
      validateTmpfs(mount.TmpfsOptions?.Options);
      break;
    case 'image':
      if (Source === '') throw invalid('field Source must not be empty');
      validatePart(mount.ImageOptions?.Subpath);
      break;
    default:
      throw invalid('mount type unknown');
  }
}

/** Of a mount of type tmpfs: lists of a word, or of a word and its value. */
function validateTmpfs(options: unknown): void {
  for (const option of Array.isArray(options) ? options : []) {
    const words: unknown[] = Array.isArray(option) ? option : [];
    if (words.length < 1 || words.length > 2) throw invalid('invalid option array length');
    if (words[0] !== 'exec' && words[0] !== 'noexec') throw invalid(`invalid option: ${words[0]}`);
  }
}

function validateTarget(target: string): void {
  // In dockerd's order: of "" and "/" one says more than the other.
  if (cleanPath(target) === '/' && posix.isAbsolute(target)) {
    throw invalid("invalid specification: destination can't be '/'");
  }
  if (!posix.isAbsolute(target)) throw mustBeAbsolute(target);
}

function validateBind({ BindOptions: options }: MountSpec): void {
  const { Propagation, NonRecursive, ReadOnlyNonRecursive, ReadOnlyForceRecursive } = options ?? {};
  if (Propagation !== undefined && Propagation !== '' && !PROPAGATION_MODES.includes(String(Propagation))) {
    throw invalid(`invalid propagation mode: ${String(Propagation)}`);
  }
  if (NonRecursive === true && ReadOnlyForceRecursive === true) {
    throw invalid('mount options conflict: NonRecursive && ReadOnlyForceRecursive');
  }
  if (ReadOnlyNonRecursive === true && ReadOnlyForceRecursive === true) {
    throw invalid('mount options conflict: ReadOnlyNonRecursive && ReadOnlyForceRecursive');
  }
}

function validateSubpath(subpath: unknown, source: string): void {
  if (typeof subpath !== 'string' || subpath === '') return;
  if (source === '') throw invalid('must not set Subpath when using anonymous volumes');
  validatePart(subpath);
}

/** moby says volume of an image too. */
function validatePart(subpath: unknown): void {
  if (typeof subpath !== 'string' || subpath === '') return;
  if (posix.isAbsolute(subpath) || posix.normalize(subpath).split('/')[0] === '..') {
    throw invalid('subpath must be a relative path within the volume');
  }
}

function tmpfsTarget(destination: string): string {
  if (!posix.isAbsolute(destination)) throw mustBeAbsolute(destination);
  if (cleanPath(destination) === '/') throw invalid("invalid specification: destination can't be '/'");
  return cleanPath(destination);
}

function mustBeAbsolute(path: string): DockerError {
  return invalid(`invalid mount path: '${path}' mount path must be absolute`);
}

function isMode(text: string): boolean {
  if (text === '') return true;
  const words = text.split(',');
  const counts = MODE_GROUPS.map((group) => words.filter((word) => group.includes(word)).length);
  const known = counts.reduce((sum, count) => sum + count, 0);
  return known === words.length && counts.every((count) => count <= 1);
}
