// Body of POST /vms → the record of the new VM: VMAPI's checks, and what it fills in from the package (triton-wire §1.3).
import { tritonTagsError } from '#lib/docker-vm/triton-tag-values.ts';
import type { VmVolumeRequest } from '#lib/docker-vm/volumes.ts';
import type { FieldError } from '#lib/wire/errors.ts';
import type { Package, Scalar, Vm, VmNetworkRequest } from '#lib/wire/types.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import { invalid, missing, validationFailed } from '../validation.ts';
import { readVolumes } from './vm-volumes.ts';

export interface CreateParams {
  vm: Vm;
  networks: VmNetworkRequest[];
  volumes: VmVolumeRequest[];
}

const ALIAS = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,188}$/;
const MESSAGE = 'Invalid VM parameters';
/** Ours: `networks: []` is a VM with loopback only, which Docker's `--network none` needs; the real VMAPI wants one. */
const REQUIRED = ['brand', 'networks', 'owner_uuid', 'image_uuid'] as const;
const PASSED_ON = [
  ...['hostname', 'dns_domain', 'init_name', 'kernel_version', 'zlog_max_size', 'restart_init', 'affinity'],
  ...['firewall_rules', 'tmpfs', 'filesystems', 'resolvers'],
];

/**
 * Throws TritonError ValidationFailed 409 with every wrong field. `aliasInUse` tells of a duplicate, `findPackage` knows PAPI.
 */
export function readCreatePayload(
  body: Record<string, unknown>,
  known: {
    newUuid: () => string;
    findPackage: (uuid: string) => Package | null;
    aliasInUse: (owner: string, alias: string) => boolean;
    uuidInUse: (uuid: string) => boolean;
  },
): CreateParams {
  const errors = REQUIRED.filter((field) => body[field] === undefined).map(missing);
  const sized = body.billing_id !== undefined;
  if (!sized && body.ram === undefined && body.max_physical_memory === undefined) errors.push(missing('ram'));
  for (const field of ['uuid', 'owner_uuid', 'image_uuid', 'billing_id']) {
    if (body[field] !== undefined && !isUuid(body[field])) errors.push(invalid(field, 'Invalid UUID'));
  }
  errors.push(...metadataErrors(body), ...aliasErrors(body, known.aliasInUse));
  const networks = readNetworks(body.networks, errors);
  const volumes = readVolumes(body.volumes, errors);
  const pkg = isUuid(body.billing_id) ? known.findPackage(body.billing_id) : null;
  if (isUuid(body.billing_id) && pkg === null) {
    errors.push(invalid('billing_id', `Package ${body.billing_id} does not exist`));
  }
  if (isUuid(body.uuid) && known.uuidInUse(body.uuid)) {
    errors.push({ field: 'uuid', code: 'Duplicate', message: 'Already exists for this uuid' });
  }
  if (errors.length > 0) throw validationFailed(errors, MESSAGE);
  return { vm: newVm(body, pkg, known.newUuid), networks, volumes };
}

function aliasErrors(
  body: Record<string, unknown>,
  inUse: (owner: string, alias: string) => boolean,
): FieldError[] {
  const { alias, owner_uuid: owner } = body;
  if (alias === undefined) return [];
  if (typeof alias !== 'string' || !ALIAS.test(alias)) return [invalid('alias')];
  return typeof owner === 'string' && inUse(owner, alias) ? [duplicateAlias()] : [];
}

export function duplicateAlias(): FieldError {
  return { field: 'alias', code: 'Duplicate', message: 'Already exists for this owner_uuid' };
}

/** True for a name that VMAPI takes. */
export function isAlias(value: unknown): value is string {
  return typeof value === 'string' && ALIAS.test(value);
}

function metadataErrors(body: Record<string, unknown>): FieldError[] {
  return ['internal_metadata', 'customer_metadata', 'tags']
    .filter((field) => body[field] !== undefined && !isScalarMap(body[field]))
    .map((field) => invalid(field))
    .concat(tagErrors(body.tags));
}

/** What is wrong with Triton's special tags. */
export function tagErrors(tags: unknown): FieldError[] {
  const error = isScalarMap(tags) ? tritonTagsError(tags) : null;
  return error === null ? [] : [invalid('tags', error)];
}

/** What VMAPI takes for metadata and tags: strings, numbers, booleans. */
export function isScalarMap(value: unknown): value is Record<string, Scalar> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => ['string', 'number', 'boolean'].includes(typeof item))
  );
}

/** A `networks` list; what is wrong goes to `errors`. */
export function readNetworks(value: unknown, errors: FieldError[]): VmNetworkRequest[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    errors.push(invalid('networks', 'Must be an array'));
    return [];
  }
  const networks: VmNetworkRequest[] = [];
  for (const item of value as unknown[]) {
    const network = toNetwork(item);
    if (network === null) errors.push(invalid('networks', 'Invalid network'));
    else networks.push(network);
  }
  if (networks.filter((network) => network.primary === true).length > 1) {
    errors.push(invalid('networks', 'only one primary network may be specified'));
  }
  return networks;
}

/** A uuid, {uuid, ip?, mac?, primary?} or {ipv4_uuid, ipv4_ips?, primary?}; ours: also {ipv6_uuid?, ipv6_ips?}. */
function toNetwork(item: unknown): VmNetworkRequest | null {
  if (isUuid(item)) return { uuid: item };
  if (typeof item !== 'object' || item === null) return null;
  const { uuid, ipv4_uuid, ip, ipv4_ips, mac, primary, ipv6_uuid, ipv6_ips } = item as Record<
    string,
    unknown
  >;
  const network = uuid ?? ipv4_uuid;
  if (!isUuid(network)) return null;
  const address = ip ?? (Array.isArray(ipv4_ips) ? ipv4_ips[0] : undefined);
  return {
    uuid: network,
    ...(typeof address === 'string' ? { ip: address } : {}),
    ...(typeof mac === 'string' ? { mac } : {}),
    ...(primary === true ? { primary } : {}),
    ...(isUuid(ipv6_uuid) ? { ipv6_uuid } : {}),
    ...(isUuid(ipv6_uuid) && isTexts(ipv6_ips) ? { ipv6_ips } : {}),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function newVm(body: Record<string, unknown>, pkg: Package | null, newUuid: () => string): Vm {
  const now = new Date().toISOString();
  const vm: Record<string, unknown> = {
    uuid: body.uuid ?? newUuid(),
    owner_uuid: body.owner_uuid,
    alias: body.alias ?? null,
    autoboot: body.autoboot !== false,
    brand: body.brand,
    image_uuid: body.image_uuid,
    firewall_enabled: body.firewall_enabled === true,
    customer_metadata: body.customer_metadata ?? {},
    internal_metadata: body.internal_metadata ?? {},
    tags: body.tags ?? {},
    create_timestamp: now,
    last_modified: now,
    state: 'provisioning',
    zone_state: 'provisioning',
    ...sizes(body, pkg),
  };
  if (body.docker === true) vm.docker = true;
  for (const key of PASSED_ON) if (body[key] !== undefined) vm[key] = body[key];
  return vm as unknown as Vm;
}

/** validatePackageValues of VMAPI: most values are copied, quota becomes GiB, shares follow the memory. */
function sizes(body: Record<string, unknown>, pkg: Package | null): Record<string, unknown> {
  if (pkg === null) {
    const memory = Number(body.max_physical_memory ?? body.ram);
    return { max_physical_memory: memory, max_swap: memory * 2, cpu_shares: shares(memory) };
  }
  return {
    billing_id: pkg.uuid,
    cpu_cap: pkg.cpu_cap || null,
    cpu_shares: pkg.fss === undefined ? shares(pkg.max_physical_memory) : Math.floor(pkg.fss),
    max_lwps: pkg.max_lwps || null,
    max_physical_memory: pkg.max_physical_memory,
    max_swap: pkg.max_swap,
    quota: pkg.quota / 1024,
    zfs_io_priority: pkg.zfs_io_priority,
  };
}

function shares(memory: number): number {
  return Math.max(1, Math.floor(memory / 128));
}
