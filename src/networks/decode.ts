// Reads the JSON bodies of the network operations into our own shapes, refusing wrong types as Go's decoder does.
import { Fields, jsonKind } from '#src/api/fields.ts';
import { invalid } from '#src/errors.ts';

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
  const f = fieldsOf(json, 'CreateRequest');
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

/** A body that must be an object. Throws DockerError invalid. */
export function fieldsOf(json: unknown, goType: string): Fields {
  // Go reads null as a struct of zeros.
  const body = json ?? {};
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw invalid(
      `invalid JSON: json: cannot unmarshal ${jsonKind(body)} into Go value of type network.${goType}`,
    );
  }
  return new Fields(body as Record<string, unknown>, goType);
}
