// The volumes of an account, the one of a name, and which drivers and names there can be.
import type { Vm, Volume } from '#lib/wire/types.ts';
import { existing } from '#src/containers/lookup.ts';
import type { Req } from '#src/context.ts';
import { invalid, notFound, notImplemented } from '#src/errors.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { asDocker } from '#src/vm/triton-errors.ts';
import { checkLocalOptions, nfsParams } from './options.ts';

type Asking = Pick<Req, 'app' | 'account' | 'call'>;

/** The datacenter's shared volumes. */
export const NFS_DRIVER = 'tritonnfs';
/** Volumes on the compute node, where its agent can. */
export const LOCAL_DRIVER = 'local';
/** A word of lib/cn-agent's DOCKER_CAPABILITIES. */
const LOCAL_CAPABILITY = 'docker_volumes';
/** Another: where the agent's file system can. */
const QUOTA_CAPABILITY = 'disk_quotas';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const NAME_CHARACTERS = '[a-zA-Z0-9][a-zA-Z0-9_.-]';

/** Those that are there or about to be. Throws DockerError. */
export async function volumesOf(req: Asking): Promise<Volume[]> {
  const query = { owner_uuid: req.account.uuid };
  const volumes = await asDocker(req.app.triton.volapi.listVolumes(query, req.call), { ref: '' });
  return volumes.filter(({ state }) => state !== 'failed');
}

/** The same with how much is in each, as far as the datacenter can tell. */
export async function volumesWithUsage(req: Asking): Promise<Volume[]> {
  if (!(await hasLocal(req))) return volumesOf(req);
  const query = { owner_uuid: req.account.uuid, usage: 'true' as const };
  const volumes = await asDocker(req.app.triton.volapi.listVolumes(query, req.call), { ref: '' });
  return volumes.filter(({ state }) => state !== 'failed');
}

/** null when there is none. */
export async function findVolume(req: Asking, name: string): Promise<Volume | null> {
  // VOLAPI reads `*` as a wildcard and refuses what cannot be a name.
  if (!NAME.test(name)) return null;
  const query = { owner_uuid: req.account.uuid, name };
  const found = await asDocker(req.app.triton.volapi.listVolumes(query, req.call), { ref: name });
  return found.find((volume) => volume.name === name && volume.state !== 'failed') ?? null;
}

/** Throws DockerError notFound `get x: no such volume`. */
export async function getVolume(req: Asking, name: string): Promise<Volume> {
  const volume = await findVolume(req, name);
  if (!volume) throw notFound(`get ${name}: no such volume`);
  return volume;
}

/** The driver of a volume whose request names none. */
export async function defaultDriver(req: Asking): Promise<string> {
  return (await hasLocal(req)) ? LOCAL_DRIVER : NFS_DRIVER;
}

/** Whether there can be such a volume. Throws DockerError with dockerd's texts. */
export async function checkVolume(
  req: Asking,
  { name, driver, options }: { name: string; driver: string; options: Record<string, string> },
): Promise<void> {
  checkVolumeName(name);
  await checkDriver(req, name, driver);
  // One that is there stays what it is, whatever is asked of it now.
  if (Object.keys(options).length > 0 && (await findVolume(req, name))) return;
  if (driver === LOCAL_DRIVER)
    checkLocalOptions(name, options, options.size !== undefined && (await hasQuotas(req)));
  else nfsParams(name, options);
}

/** Asked only when a size is. */
async function hasQuotas({ app, call }: Asking): Promise<boolean> {
  return (await asDocker(app.triton.cnapi.anyCapabilities(call), { ref: '' })).has(QUOTA_CAPABILITY);
}

async function checkDriver(req: Asking, name: string, driver: string): Promise<void> {
  if (driver === NFS_DRIVER) return;
  if (driver !== LOCAL_DRIVER) {
    throw notFound(`create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`);
  }
  if (await hasLocal(req)) return;
  throw notImplemented(
    `create ${name}: the compute nodes of this datacenter have no local volumes; use --driver ${NFS_DRIVER}`,
  );
}

/** Throws DockerError invalid with dockerd's texts. Pure. */
export function checkVolumeName(name: string): void {
  if (NAME.test(name)) return;
  throw invalid(`create ${name}: ${badName(name)}`);
}

function badName(name: string): string {
  if (name.length === 1)
    return 'volume name is too short, names should be at least two alphanumeric characters';
  return `${JSON.stringify(name)} includes invalid characters for a local volume name, only "${NAME_CHARACTERS}" are allowed. If you intended to pass a host directory, use absolute path`;
}

/** Ids of the containers that use a volume, for dockerd's refusal to remove it. */
export async function usersOf(req: Asking, volume: Volume): Promise<string[]> {
  const refs = new Set(volume.refs);
  if (refs.size === 0) return [];
  const query = { predicate: existing(req.account) };
  const vms = await asDocker<Vm[]>(req.app.triton.vmapi.listVms(query, req.call), { ref: '' });
  return vms.filter(({ uuid }) => refs.has(uuid)).map(dockerIdOf);
}

async function hasLocal(req: Asking): Promise<boolean> {
  const words = await asDocker(req.app.triton.cnapi.anyCapabilities(req.call), { ref: '' });
  return words.has(LOCAL_CAPABILITY);
}
