// Loads, validates and freezes the daemon's part of the configuration. Every setting stands once, with its default, in etc/coal.json.
import { LOG_DRIVERS, validateLogOptions } from '#lib/docker-vm/log/validate.ts';
import { FatalError } from '#lib/process/fatal.ts';
import type { Json } from '#lib/settings/load.ts';
import type { TritonUrls } from '#lib/triton/connect.ts';
import { parseBlock } from '#lib/wire/ip.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { AddressPool } from '#src/networks/address-pools.ts';

export interface DaemonConfig {
  /** e.g. ['unix:///run/sdc-docker/docker.sock'] */
  listen: string[];
  /** User and group to become when started as root. */
  user: string;
  stateDir: string;
  adminUuid: string;
  datacenterName: string;
  /** Service → URL: 'http://host' or 'unix:/path/to.sock'. */
  triton: TritonUrls;
  /** Package used when no limit is asked; '' = smallest with at least defaultMemory. */
  defaultPackage: string;
  /** MiB */
  defaultMemory: number;
  packagePrefix: string;
  /** Name of the network for NetworkMode default/bridge. */
  defaultNetwork: string;
  /** Where networks that ask for no subnet get theirs. */
  defaultAddressPools: AddressPool[];
  /** Log driver of containers that name none, and its options. */
  logDriver: string;
  logOpts: Record<string, string>;
  /** Drivers that may be asked for: what the compute nodes can do, or what the operator wants. */
  enabledLogDrivers: string[];
  /** Accounts whose containers may reach into the compute node (src/host-access.ts): uuids, or 'admin' for adminUuid. */
  hostAccess: string[];

  logLevel: string;
}

const SERVICE_URL = /^(https?:\/\/[^/]+|unix:\/.+)$/;

/** `extraListen`: addresses of the command line, added to the file's. Throws FatalError that names the wrong setting. */
export function readDaemonConfig(
  settings: { [key: string]: Json },
  extraListen: readonly string[],
): Readonly<DaemonConfig> {
  const config = settings as unknown as DaemonConfig;
  const wrong = (name: string, want: string): never => {
    throw new FatalError(`setting daemon.${name} must be ${want}`);
  };
  if (!Array.isArray(config.listen)) wrong('listen', 'a list of addresses');
  if (!isUuid(config.adminUuid)) wrong('adminUuid', 'a uuid');
  if (typeof config.stateDir !== 'string' || !config.stateDir.startsWith('/'))
    wrong('stateDir', 'an absolute path');
  if (typeof config.user !== 'string' || config.user === '') wrong('user', 'the name of a user');
  if (typeof config.defaultMemory !== 'number' || !(config.defaultMemory > 0))
    wrong('defaultMemory', 'a number of MiB');
  for (const name of ['vmapi', 'cnapi', 'imgapi', 'napi', 'papi', 'volapi', 'fwapi'] as const) {
    if (!SERVICE_URL.test(String(config.triton?.[name])))
      wrong(`triton.${name}`, "'http://host' or 'unix:/path'");
  }
  const isAccount = (word: unknown) => word === 'admin' || isUuid(word);
  if (!Array.isArray(config.hostAccess) || !config.hostAccess.every(isAccount))
    wrong('hostAccess', "a list of uuids, or of the word 'admin'");
  validateLogging(config);
  if (!Array.isArray(config.defaultAddressPools) || !config.defaultAddressPools.every(isPool))
    wrong('defaultAddressPools', "a list such as [{ base: '172.18.0.0/16', size: 24 }]");
  return Object.freeze({ ...config, listen: [...config.listen, ...extraListen] });
}

function isPool(pool: AddressPool): boolean {
  const range = parseBlock(String(pool.base));
  const most = range?.family === 6 ? 124 : 29;
  return range !== null && Number.isInteger(pool.size) && pool.size >= range.prefix && pool.size <= most;
}

function validateLogging({ logDriver, logOpts, enabledLogDrivers }: DaemonConfig): void {
  const known = enabledLogDrivers.every((name) => (LOG_DRIVERS as readonly string[]).includes(name));
  if (!known) throw new FatalError(`setting daemon.enabledLogDrivers knows only ${LOG_DRIVERS.join(', ')}`);
  const texts = Object.values(logOpts).every((value) => typeof value === 'string');
  if (!texts) throw new FatalError('setting daemon.logOpts must have texts as values');
  try {
    validateLogOptions(logDriver, logOpts, enabledLogDrivers);
  } catch (err) {
    throw new FatalError(`setting daemon.logDriver or daemon.logOpts: ${(err as Error).message}`);
  }
}
