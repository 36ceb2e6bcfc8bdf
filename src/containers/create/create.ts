// ContainerCreate: POST /containers/create.
import { newDockerId } from '#lib/docker-vm/ids.ts';
import type { LinkRecord } from '#lib/docker-vm/links.ts';
import type { DockerImage } from '#lib/store/types.ts';
import { CREATE_CUT_OFF } from '#lib/triton/vm-writes.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { VmPayload } from '#lib/wire/types.ts';
import { readPlatform, requirePlatform } from '#src/api/platform.ts';
import { chooseLinks } from '#src/containers/links/choose-links.ts';
import { existing } from '#src/containers/lookup.ts';
import { toPayload } from '#src/containers/to-vm/payload.ts';
import type { CreateRequest, HostConfig } from '#src/containers/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, invalid } from '#src/errors.ts';
import { requireHostAccess } from '#src/host-access.ts';
import { resolveImage } from '#src/images/lookup.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { isAddressTaken, SETUP, toNicError } from '#src/vm/nic-errors.ts';
import { outliving } from '#src/vm/outlive.ts';
import { asDocker, tritonErrorIn } from '#src/vm/triton-errors.ts';
import { type ChosenMounts, chooseMounts } from './choose-mounts.ts';
import { type ChosenNetworks, chooseNetworks, withoutAsked } from './choose-networks.ts';
import { choosePackage, PACKAGE_LABEL } from './choose-package.ts';
import { decodeCreate } from './decode.ts';
import { applyDefaults, forVersion, volumeDriverWarnings } from './defaults.ts';
import { withEmptyBindings } from './empty-bindings.ts';
import { fitToNode } from './fit-limits.ts';
import { withInterfaceSysctls } from './interface-sysctls.ts';
import { withJoinedContainers } from './joined-containers.ts';
import { withLogConfig } from './log-config.ts';
import { placeMacAddress } from './mac-address.ts';
import { type ImageRunConfig, mergeImage } from './merge-image.ts';
import { withPortRules } from './port-rules.ts';
import { hasOwnAddress } from './published-ports.ts';
import { randomName } from './random-name.ts';
import { refuseUnsupported } from './refuse.ts';
import { requireForwarding } from './require-forwarding.ts';
import { requireQuotas } from './require-quotas.ts';
import { validateCreate, validateName } from './validate.ts';

/** dockerd too tries this often to find a free name. */
const NAME_ATTEMPTS = 6;

export function containerCreate(req: Req): Promise<Reply> {
  return createContainer(req, { imageVolumes: true });
}

/**
 * Checks as dockerd does, then one POST /vms: a failure leaves no container behind. Without `imageVolumes` the VOLUMEs of the image are
 * none of the container's.
 */
export async function createContainer(req: Req, { imageVolumes }: { imageVolumes: boolean }): Promise<Reply> {
  const decoded = forVersion(decodeCreate(await req.json()), req.version);
  validateCreate(decoded);
  const sorted = withInterfaceSysctls(decoded, req.version);
  const { request: asked, warnings: emptied } = withEmptyBindings(sorted.request, req.version);
  if (req.version < 44) refuseSeveralNetworks(asked);
  if (req.version < 48) refuseImageMounts(asked);
  refuseUnsupported(asked);
  requireHostAccess(req.app.config, req.account, asked);
  const { host: hostConfig, warnings } = await fitToNode(req, asked.hostConfig);
  const defaulted = applyDefaults(withLogConfig({ ...asked, hostConfig }, req.app.config));
  const { request: wished, warnings: macWarnings } = placeMacAddress(defaulted, req.version);
  if (wished.config.Image === '')
    throw invalid('no image specified: sdc-docker makes every container from an image');
  const image = resolveImage(req.app, req.account, wished.config.Image);
  if (req.version >= 41 && req.query.platform) {
    const { parsed, text } = readPlatform(req.query.platform);
    requirePlatform(image, parsed, wished.config.Image, text);
  }
  const imageConfig = (image.image.config ?? {}) as ImageRunConfig;
  const inherited = imageVolumes ? imageConfig : { ...imageConfig, Volumes: null };
  const merged = { ...wished, config: mergeImage(wished.config, inherited) };
  const name = req.query.name ?? '';
  validateName(name);
  const { request, serverUuid } = await withJoinedContainers(req, merged);
  const found = { ...(await lookUp(req, request)), serverUuid, env: imageConfig.Env ?? [] };
  const make = makePayload(req, request, image, found);
  const id = name === '' ? await createUnnamed(make) : await createNamed(req, make, name.replace(/^\//, ''));
  const told = [
    ...volumeDriverWarnings(decoded, req.version),
    ...sorted.warnings,
    ...emptied,
    ...warnings,
    ...macWarnings,
    ...warningsOf(hostConfig),
  ];
  return { status: 201, body: { Id: id, Warnings: told } };
}

/** What is left out, in dockerd's words. */
function warningsOf({ NetworkMode, PortBindings, PublishAllPorts }: HostConfig): string[] {
  const publishes = Object.keys(PortBindings).length > 0 || PublishAllPorts;
  return NetworkMode === 'host' && publishes
    ? ['Published ports are discarded when using host network mode']
    : [];
}

/** Old clients connect the others one by one. */
function refuseSeveralNetworks({ endpoints }: CreateRequest): void {
  const names = Object.keys(endpoints);
  if (names.length < 2) return;
  throw invalid(`Container cannot be created with multiple network endpoints: ${names.join(', ')}`);
}

/** moby's text. */
function refuseImageMounts({ hostConfig: { Mounts } }: CreateRequest): void {
  if (Mounts?.some(({ Type }) => Type === 'image'))
    throw invalid('Mount type "Image" needs API v1.48 or newer');
}

/** `open`: without the nics that ask for an address of their own; the start will look for these. */
type Make = (name: string, open: boolean) => { id: string; create: () => Promise<void> };

/** Everything that others must be asked for. */
interface LookedUp {
  packageUuid: string;
  networks: ChosenNetworks;
  mounts: ChosenMounts;
  links: LinkRecord[];
}

async function lookUp(req: Req, request: CreateRequest): Promise<LookedUp> {
  const { app, account, call } = req;
  const { config, hostConfig } = request;
  const wish = { account: account.uuid, label: config.Labels[PACKAGE_LABEL], memory: hostConfig.Memory };
  const all = Promise.all([
    choosePackage(app.triton.papi, app.config, wish, call),
    chooseNetworks(req, request),
    chooseMounts(req, request),
    chooseLinks(req, request),
    requireForwarding(app.triton.cnapi, hostConfig, call),
    requireQuotas(app.triton.cnapi, hostConfig, call),
    hasOwnAddress(hostConfig.NetworkMode) ? app.dockerRules.ensure(account.uuid, call) : null,
  ]);
  const [pkg, networks, mounts, links] = await asDocker(all, { ref: '' });
  return { packageUuid: pkg.uuid, networks, mounts, links };
}

function makePayload(
  req: Req,
  request: CreateRequest,
  image: DockerImage,
  found: LookedUp & { serverUuid: string | null; env: string[] },
): Make {
  return (name, open) => {
    const { id, uuid } = newDockerId();
    const config = { ...request.config, Hostname: request.config.Hostname || id.slice(0, 12) };
    const payload = toPayload(
      { ...request, config },
      {
        id,
        uuid,
        owner: req.account.uuid,
        name,
        packageUuid: found.packageUuid,
        imageUuid: image.image_uuid,
        image: { id: image.config_digest, env: found.env },
        ...(open ? withoutAsked(found.networks) : found.networks),
        serverUuid: found.serverUuid,
        mounts: found.mounts,
        links: found.links,
      },
    );
    const { vmapi } = req.app.triton;
    const make = (whole: VmPayload) => vmapi.createVm(whole, outliving(req.call));
    return { id, create: () => withPortRules(req, request, payload, make) };
  };
}

async function createNamed(req: Req, make: Make, name: string): Promise<string> {
  try {
    return await provision(make, name);
  } catch (err) {
    if (isNameTaken(err)) throw await nameConflict(req, name);
    throw toNicError(err, { ref: name }, SETUP);
  }
}

async function createUnnamed(make: Make): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await provision(make, randomName(attempt));
    } catch (err) {
      if (!isNameTaken(err) || attempt === NAME_ATTEMPTS) throw toNicError(err, { ref: '' }, SETUP);
    }
  }
}

/**
 * Gives the id. One that a crash of VMAPI cut off has been undone: it is made once more, as another VM. An address that somebody has is
 * the start's to ask for: compose makes a container's successor while the old one still runs.
 */
async function provision(make: Make, name: string): Promise<string> {
  for (let again = false, open = false; ; ) {
    const { id, create } = make(name, open);
    try {
      await create();
      return id;
    } catch (err) {
      if (!open && isAddressTaken(err)) open = true;
      else if (!again && hasRestCode(err, CREATE_CUT_OFF)) again = true;
      else throw err;
    }
  }
}

/** VMAPI: 409 ValidationFailed, field alias, code Duplicate (triton-wire §8). */
export function isNameTaken(err: unknown): boolean {
  const triton = tritonErrorIn(err);
  return triton?.errors.some(({ field, code }) => field === 'alias' && code === 'Duplicate') ?? false;
}

/** dockerd's 409 with the id of the container that has the name. */
export async function nameConflict(req: Req, name: string): Promise<Error> {
  const query = { predicate: existing(req.account, { eq: ['alias', name] }) };
  const [holder] = await asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: name });
  const id = holder ? dockerIdOf(holder) : '';
  return conflict(
    `Conflict. The container name "/${name}" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
  );
}
