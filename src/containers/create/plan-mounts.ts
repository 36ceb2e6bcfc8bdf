// What a container mounts, of all the ways to ask for it: --volumes-from, -v, --mount, and the VOLUMEs of its config.
import { ANONYMOUS_LABEL, newVolumeName, type VmVolumeRequest } from '#lib/docker-vm/volumes.ts';
import { cleanPath } from '#src/containers/clean-path.ts';
import type { CreateRequest, MountPoint, MountSpec } from '#src/containers/types.ts';
import { PROPAGATION_MODES, parseBind, parseVolumesFrom } from './validate-mounts.ts';

/** An element of docker:mounts: Docker's mount point, and what another container's --volumes-from or a removal must know of it. */
export interface PlannedMount extends MountPoint {
  /** Taken over by --volumes-from. */
  inherited?: true;
  anonymous?: true;
  /** Of type bind: by hand. */
  propagationAsked?: true;
  subpath?: string;
  /** Of type bind: without the mounts below it. */
  nonRecursive?: true;
  /** Of type bind: the mounts below it are as writable as they were. */
  readonlyNonRecursive?: true;
  /** Of type image: which one. */
  imageUuid?: string;
  imageId?: string;
}

export interface MountPlan {
  mounts: PlannedMount[];
  /** For VMAPI: what is mounted of volumes, by destination. */
  volumes: VmVolumeRequest[];
}

/** What a mount asks of its volume beyond docker:mounts. */
type VolumeWish = Pick<VmVolumeRequest, 'labels' | 'options' | 'nocopy'>;

/**
 * Pure but for the names of anonymous volumes. `inherited`: mounts of the containers of --volumes-from, in that order.
 * `defaultDriver`: of volumes that name none.
 */
export function planMounts(
  { config, hostConfig }: Pick<CreateRequest, 'config' | 'hostConfig'>,
  inherited: readonly (readonly PlannedMount[])[],
  defaultDriver: string,
): MountPlan {
  const plan = new Plan();
  const driver = hostConfig.VolumeDriver || defaultDriver;
  (hostConfig.VolumesFrom ?? []).forEach((text, at) => {
    const { readonly } = parseVolumesFrom(text);
    for (const mount of inherited[at] ?? []) plan.add(takenOver(mount, readonly), { nocopy: true });
  });
  for (const text of hostConfig.Binds ?? []) plan.add(...fromBind(text, driver));
  for (const mount of hostConfig.Mounts ?? []) plan.add(...fromSpec(mount, defaultDriver));
  const tmpfs = new Set(Object.keys(hostConfig.Tmpfs ?? {}).map(cleanPath));
  for (const path of Object.keys(config.Volumes ?? {})) {
    const destination = cleanPath(path);
    if (plan.has(destination) || tmpfs.has(destination)) continue;
    plan.add(volumePoint({ name: '', destination, driver, mode: '', readonly: false }), {});
  }
  return plan.done();
}

/** As a client of an API before 1.44 means it: read-only is the mount itself, not those below it. Pure. */
export function readonlyAsBefore(mounts: readonly PlannedMount[]): PlannedMount[] {
  return mounts.map((mount) =>
    mount.Type === 'bind' && !mount.RW && !mount.inherited ? { ...mount, readonlyNonRecursive: true } : mount,
  );
}

class Plan {
  readonly #mounts = new Map<string, PlannedMount>();
  readonly #wishes = new Map<string, VolumeWish>();

  has(destination: string): boolean {
    return this.#mounts.has(destination);
  }

  /** A later one takes an earlier one's place: what is asked for by hand wins over --volumes-from. */
  add(mount: PlannedMount, wish: VolumeWish): void {
    this.#mounts.set(mount.Destination, mount);
    this.#wishes.set(mount.Destination, wish);
  }

  done(): MountPlan {
    const mounts = [...this.#mounts.values()];
    const volumes = mounts
      .filter(({ Type }) => Type === 'volume')
      .map((mount) => toRequest(mount, this.#wishes.get(mount.Destination) ?? {}));
    return { mounts, volumes };
  }
}

function toRequest(mount: PlannedMount, { labels, options, nocopy }: VolumeWish): VmVolumeRequest {
  const { Name = '', Driver = '', Destination, RW, anonymous, subpath } = mount;
  const all = { ...labels, ...(anonymous && !mount.inherited ? { [ANONYMOUS_LABEL]: '' } : {}) };
  return {
    name: Name,
    type: Driver,
    mountpoint: Destination,
    mode: RW ? 'rw' : 'ro',
    ...(Object.keys(all).length > 0 ? { labels: all } : {}),
    ...(options && Object.keys(options).length > 0 ? { options } : {}),
    ...(anonymous ? { anonymous } : {}),
    ...(nocopy ? { nocopy } : {}),
    ...(subpath ? { subpath } : {}),
  };
}

function takenOver(mount: PlannedMount, readonly: boolean): PlannedMount {
  return { ...mount, Mode: '', RW: mount.RW && !readonly, inherited: true };
}

function fromBind(text: string, driver: string): [PlannedMount, VolumeWish] {
  const { source, destination: typed, mode } = parseBind(text);
  const destination = cleanPath(typed);
  const words = mode.split(',');
  const readonly = words.includes('ro');
  if (source.startsWith('/')) {
    const asked = words.find((word) => PROPAGATION_MODES.includes(word));
    const point = { Type: 'bind', Source: cleanPath(source), Destination: destination, Mode: mode };
    return [{ ...point, RW: !readonly, ...propagationOf(asked) }, {}];
  }
  const point = volumePoint({ name: source, destination, driver, mode: mode || 'z', readonly });
  return [point, words.includes('nocopy') ? { nocopy: true } : {}];
}

function fromSpec(mount: MountSpec, defaultDriver: string): [PlannedMount, VolumeWish] {
  const { Type, Source = '', Target, ReadOnly } = mount;
  const destination = cleanPath(Target);
  if (Type === 'volume') {
    const options = volumeOptions(mount);
    const driver = options.driver || defaultDriver;
    const point = volumePoint({ name: Source, destination, driver, mode: 'z', readonly: ReadOnly === true });
    return [{ ...point, ...(options.subpath ? { subpath: options.subpath } : {}) }, options.wish];
  }
  if (Type === 'image') return [imagePoint(mount, destination), {}];
  const { Propagation, NonRecursive, ReadOnlyNonRecursive } = mount.BindOptions ?? {};
  const point: PlannedMount = {
    Type,
    Source: Source === '' ? Source : cleanPath(Source),
    Destination: destination,
    Mode: '',
    RW: ReadOnly !== true,
    ...(Type === 'bind' ? propagationOf(Propagation) : { Propagation: '' }),
    ...(NonRecursive === true ? { nonRecursive: true } : {}),
    ...(ReadOnlyNonRecursive === true ? { readonlyNonRecursive: true } : {}),
  };
  return [point, {}];
}

function propagationOf(asked: unknown): Pick<PlannedMount, 'Propagation' | 'propagationAsked'> {
  return asked ? { Propagation: String(asked), propagationAsked: true } : { Propagation: 'rprivate' };
}

/** Which image it is must still be looked up. The compute node knows where it is mounted. */
function imagePoint({ Source = '', ImageOptions }: MountSpec, destination: string): PlannedMount {
  const subpath = ImageOptions?.Subpath;
  return {
    Type: 'image',
    Name: Source,
    Source: '',
    Destination: destination,
    Mode: '',
    RW: false,
    Propagation: 'rprivate',
    ...(typeof subpath === 'string' && subpath !== '' ? { subpath } : {}),
  };
}

interface VolumeOptions {
  driver: string;
  subpath: string;
  wish: VolumeWish;
}

function volumeOptions({ VolumeOptions: options }: MountSpec): VolumeOptions {
  const config = (options?.DriverConfig ?? {}) as { Name?: string; Options?: Record<string, string> | null };
  return {
    driver: config.Name ?? '',
    subpath: typeof options?.Subpath === 'string' ? options.Subpath : '',
    wish: {
      labels: (options?.Labels ?? {}) as Record<string, string>,
      options: config.Options ?? {},
      ...(options?.NoCopy === true ? { nocopy: true as const } : {}),
    },
  };
}

function volumePoint(wish: {
  name: string;
  destination: string;
  driver: string;
  mode: string;
  readonly: boolean;
}): PlannedMount {
  const anonymous = wish.name === '';
  return {
    Type: 'volume',
    Name: anonymous ? newVolumeName() : wish.name,
    // The compute node knows where.
    Source: '',
    Destination: wish.destination,
    Driver: wish.driver,
    Mode: wish.mode,
    RW: !wish.readonly,
    Propagation: '',
    ...(anonymous ? { anonymous } : {}),
  };
}
