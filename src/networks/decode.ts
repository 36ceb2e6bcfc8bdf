// Reads the JSON bodies of the network operations into our own shapes, refusing wrong types as Go's decoder does.
import { bodyFields } from '#src/api/fields.ts';

/** One entry of IPAM.Config; '' where nothing was said. */
export interface IpamRequest {
  Subnet: string;
  IPRange: string;
  Gateway: string;
  AuxiliaryAddresses: Record<string, string>;
}

/** Body of POST /networks/create. */
export interface NetworkRequest {
  name: string;
  driver: string;
  scope: string;
  internal: boolean;
  attachable: boolean;
  ingress: boolean;
  configOnly: boolean;
  configFrom: string;
  enableIPv4: boolean;
  enableIPv6: boolean;
  ipam: { driver: string; options: Record<string, string> | null; config: IpamRequest[] };
  options: Record<string, string>;
  labels: Record<string, string>;
}

/** Throws DockerError invalid. */
export function decodeNetwork(json: unknown): NetworkRequest {
  const f = bodyFields(json, 'network.CreateRequest');
  const ipam = f.object('IPAM');
  return {
    name: f.string('Name'),
    driver: f.string('Driver'),
    scope: f.string('Scope'),
    internal: f.boolean('Internal'),
    attachable: f.boolean('Attachable'),
    ingress: f.boolean('Ingress'),
    configOnly: f.boolean('ConfigOnly'),
    configFrom: f.object('ConfigFrom')?.string('Network') ?? '',
    enableIPv4: f.booleanOrNull('EnableIPv4') ?? true,
    enableIPv6: f.booleanOrNull('EnableIPv6') ?? false,
    ipam: {
      driver: ipam?.string('Driver') ?? '',
      options: ipam?.stringMap('Options') ?? null,
      config: (ipam?.objects('Config') ?? []).map((entry) => ({
        Subnet: entry.string('Subnet'),
        IPRange: entry.string('IPRange'),
        Gateway: entry.string('Gateway'),
        AuxiliaryAddresses: entry.stringMap('AuxiliaryAddresses') ?? {},
      })),
    },
    options: f.stringMap('Options') ?? {},
    labels: f.stringMap('Labels') ?? {},
  };
}
