// A create request, all decided, as the body of VMAPI's POST /vms (triton-wire §1.3).
import { type DockerEndpoint, endpointKey } from '#lib/docker-vm/endpoints.ts';
import type { LinkRecord } from '#lib/docker-vm/links.ts';
import { DOCKER_TAG, labelToTag, MD } from '#lib/docker-vm/metadata.ts';
import { tritonTagOf } from '#lib/docker-vm/triton-tag-values.ts';
import type { Scalar, VmNetworkRequest, VmPayload } from '#lib/wire/types.ts';
import type { ChosenMounts } from '#src/containers/create/choose-mounts.ts';
import { PACKAGE_LABEL } from '#src/containers/create/choose-package.ts';
import type { CreateRequest } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';
import { type ImageIdentity, toMetadata, toMountsMetadata } from './metadata.ts';

/** Path of the process that a real lx zone starts first. */
const INIT = '/native/usr/vm/sbin/dockerinit';
const KERNEL_VERSION = '3.13.0';

/** Everything that was looked up before. */
export interface VmChoices {
  id: string;
  uuid: string;
  owner: string;
  /** Without the slash. */
  name: string;
  packageUuid: string;
  imageUuid: string;
  image: ImageIdentity;
  networks: VmNetworkRequest[];
  /** null: whichever VMAPI chooses. */
  serverUuid?: string | null;
  mounts: ChosenMounts;
  /** By network name. */
  endpoints: Record<string, DockerEndpoint>;
  links: LinkRecord[];
}

/** Pure. The request has its image merged and its defaults in. */
export function toPayload(request: CreateRequest, choices: VmChoices): VmPayload {
  const { config, hostConfig } = request;
  const maxLog = logBytes(hostConfig.LogConfig.Config['max-size']);
  return {
    uuid: choices.uuid,
    owner_uuid: choices.owner,
    alias: choices.name,
    hostname: config.Hostname,
    ...(config.Domainname === '' ? {} : { dns_domain: config.Domainname }),
    brand: 'lx',
    docker: true,
    autoboot: false,
    restart_init: false,
    firewall_enabled: true,
    billing_id: choices.packageUuid,
    image_uuid: choices.imageUuid,
    init_name: INIT,
    kernel_version: KERNEL_VERSION,
    tmpfs: 0,
    networks: choices.networks,
    ...(choices.serverUuid ? { server_uuid: choices.serverUuid } : {}),
    filesystems: choices.mounts.filesystems,
    ...(choices.mounts.volumes.length > 0 ? { volumes: choices.mounts.volumes } : {}),
    ...(hostConfig.Dns?.length ? { resolvers: hostConfig.Dns } : {}),
    tags: toTags(config.Labels),
    internal_metadata: {
      ...toMetadata(choices.id, request, choices.image),
      ...toMountsMetadata(choices.mounts.mounts),
      ...endpointMetadata(choices.endpoints),
      ...(choices.links.length > 0 ? { [MD.links]: JSON.stringify(choices.links) } : {}),
    },
    ...(maxLog === null ? {} : { zlog_max_size: maxLog }),
    affinity: [],
  };
}

function endpointMetadata(endpoints: Record<string, DockerEndpoint>): Record<string, Scalar> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([name, endpoint]) => [endpointKey(name), JSON.stringify(endpoint)]),
  );
}

/**
 * Labels as tags; com.joyent.package only chooses the package and is not kept (triton-wire §1.4). Throws DockerError invalid for labels
 * `triton.*` that Triton does not know or whose values are none.
 */
export function toTags(labels: Record<string, string>): Record<string, Scalar> {
  const tags: Record<string, Scalar> = { [DOCKER_TAG]: true };
  const errors: string[] = [];
  for (const [label, value] of Object.entries(labels)) {
    if (label === PACKAGE_LABEL) continue;
    const tag = labelToTag(label);
    // Triton's own labels keep their names.
    const found = tag === label ? tritonTagOf(label, value) : { value };
    if ('error' in found) errors.push(found.error);
    else tags[tag] = found.value;
  }
  if (errors.length > 0)
    throw invalid(`invalid label${errors.length === 1 ? '' : 's'}: ${errors.join('; ')}`);
  return tags;
}

/** json-file's max-size in bytes: a number with k, m or g as powers of 1000; null when absent or unlimited. */
function logBytes(text: string | undefined): number | null {
  const match = /^(\d+)\s*([kmg]?)b?$/i.exec(text ?? '');
  if (!match) return null;
  const power = { '': 0, k: 1, m: 2, g: 3 }[match[2]!.toLowerCase() as '' | 'k' | 'm' | 'g'];
  return Number(match[1]) * 1000 ** power;
}
