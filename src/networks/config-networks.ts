// Configuration networks (--config-only): a record of settings, of which the datacenter knows nothing and which other networks take.
import type { NetworkRecord } from '#lib/store/types.ts';
import { forbidden, notFound } from '#src/errors.ts';
import type { IpamRequest, NetworkRequest } from './decode.ts';
import type { AccountNetwork } from './lookup.ts';

/** Throws DockerError forbidden. Pure. */
export function validateConfigNetwork({
  ingress,
  internal,
  attachable,
  scope,
  configFrom,
}: NetworkRequest): void {
  if (ingress || internal || attachable || scope !== '')
    throw forbidden(
      'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.',
    );
  if (configFrom !== '')
    throw forbidden('a configuration network cannot depend on another configuration network');
}

/** One that takes its settings from another has none of its own. Throws DockerError forbidden. Pure. */
export function validateTaker({ ipam, enableIPv4, enableIPv6, labels, options }: NetworkRequest): void {
  const has = (map: object | null): boolean => Object.keys(map ?? {}).length > 0;
  const settings =
    !['', 'default'].includes(ipam.driver) || !enableIPv4 || enableIPv6 || has(labels) || has(ipam.options);
  if (settings || ipam.config.length > 0)
    throw forbidden(
      'user-specified configurations are not supported if the network depends on a configuration network',
    );
  if (has(options))
    throw forbidden(
      'network driver options are not supported if the network depends on a configuration network',
    );
}

/** The request with the settings of the network that it names. Throws DockerError notFound. Pure. */
export function withConfigFrom(request: NetworkRequest, all: AccountNetwork[]): NetworkRequest {
  if (request.configFrom === '') return request;
  const record = all.find(
    ({ resource }) => resource.ConfigOnly && resource.Name === request.configFrom,
  )?.record;
  if (!record) throw notFound(`configuration network ${JSON.stringify(request.configFrom)} does not exist`);
  const { ipam, options, labels, config_only } = record;
  return {
    ...request,
    enableIPv4: config_only?.enable_ipv4 ?? true,
    enableIPv6: config_only?.enable_ipv6 ?? false,
    ipam: { driver: ipam.Driver, options: ipam.Options, config: ipam.Config.map(asAsked) },
    options,
    labels,
  };
}

/** The record, whole from the first moment. Pure. */
export function toConfigRecord(
  { name, ipam, enableIPv4, enableIPv6, options, labels }: NetworkRequest,
  made: Pick<NetworkRecord, 'owner_uuid' | 'uuid' | 'created'>,
): NetworkRecord {
  return {
    ...made,
    name,
    vlan_id: 0,
    state: 'ready',
    driver: 'null',
    attachable: false,
    internal: false,
    ipam: {
      Driver: ipam.driver || 'default',
      Options: ipam.options,
      Config: ipam.config.filter(({ Subnet }) => Subnet !== '').map(asShown),
    },
    options,
    labels,
    config_only: { enable_ipv4: enableIPv4, enable_ipv6: enableIPv6 },
  };
}

function asShown({ Subnet, IPRange, Gateway, AuxiliaryAddresses }: IpamRequest) {
  return {
    Subnet,
    ...(IPRange === '' ? {} : { IPRange }),
    ...(Gateway === '' ? {} : { Gateway }),
    ...(Object.keys(AuxiliaryAddresses).length === 0 ? {} : { AuxiliaryAddresses }),
  };
}

function asAsked(config: NetworkRecord['ipam']['Config'][number]): IpamRequest {
  return { IPRange: '', Gateway: '', AuxiliaryAddresses: {}, ...config };
}
