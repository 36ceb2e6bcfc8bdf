// Which package (size) a container gets: by label, by the memory asked for, or the configured default (triton-wire §5.5).
import type { CallContext, PapiClient } from '#lib/triton/types.ts';
import type { Package } from '#lib/wire/types.ts';
import type { DaemonConfig } from '#src/config.ts';
import { DockerError, invalid, unavailable } from '#src/errors.ts';

/** Label by which a user picks a package: its name, uuid or first 8 hex digits. */
export const PACKAGE_LABEL = 'com.joyent.package';

const MIB = 1024 * 1024;

/** What the choice depends on. */
export interface PackageWish {
  account: string;
  /** Value of the label; undefined when absent. */
  label: string | undefined;
  /** HostConfig.Memory in bytes, 0 when not asked. */
  memory: number;
}

/** Asks PAPI and picks. Throws DockerError invalid when nothing fits or the label names none. */
export async function choosePackage(
  papi: PapiClient,
  config: DaemonConfig,
  wish: PackageWish,
  call: CallContext,
): Promise<Package> {
  const mine = `(|(owner_uuids=${wish.account})(!(owner_uuids=*)))`;
  const packages = await papi.listPackages(`(&(active=true)${mine})`, call);
  return pickPackage(packages, config, wish);
}

/** Pure part of choosePackage. `packages` are those the account may use. */
export function pickPackage(packages: Package[], config: DaemonConfig, wish: PackageWish): Package {
  if (packages.length === 0) throw unavailable('this datacenter has no packages for this account');
  if (wish.label !== undefined) return byLabel(packages, wish.label);
  if (wish.memory === 0 && config.defaultPackage !== '') {
    const standard = packages.find((pkg) => pkg.name === config.defaultPackage);
    if (standard) return standard;
  }
  const wanted = wish.memory > 0 ? Math.ceil(wish.memory / MIB) : config.defaultMemory;
  const fitting = packages
    .filter((pkg) => pkg.name.startsWith(config.packagePrefix) && pkg.max_physical_memory >= wanted)
    .sort((a, b) => a.max_physical_memory - b.max_physical_memory || a.name.localeCompare(b.name));
  if (!fitting[0]) throw invalid(`no package supports ${wanted} MiB of memory`);
  return fitting[0];
}

function byLabel(packages: Package[], label: string): Package {
  const named = packages.filter((pkg) => pkg.name === label);
  const found = named.length > 0 ? named : packages.filter((pkg) => matchesUuid(pkg.uuid, label));
  if (found.length === 1) return found[0]!;
  const many = found.length > 1 ? 'more than one package matches' : 'no package matches';
  throw new DockerError('invalid', `${many} label ${PACKAGE_LABEL}=${label}`);
}

function matchesUuid(uuid: string, label: string): boolean {
  return uuid === label || (/^[0-9a-f]{8}$/.test(label) && uuid.startsWith(label));
}
