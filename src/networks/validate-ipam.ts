// What dockerd checks of the subnets of a network create request, with its texts.
import { contains, type Family, formatBlock, type IpBlock, parseBlock, parseIp } from '#lib/wire/ip.ts';
import { DockerError, invalid } from '#src/errors.ts';
import type { IpamRequest } from './decode.ts';

/** dockerd joins all that is wrong, a line each. IPv6 entries are left alone where IPv6 is off. Throws DockerError. */
export function validateIpam(config: IpamRequest[], enableIPv6: boolean): void {
  const errors = counting(config, enableIPv6).flatMap(ipamErrors);
  if (errors.length > 0) throw invalid(`invalid network config:\n${errors.join('\n')}`);
}

/** The bridge driver's own. Throws DockerError forbidden. */
export function refuseSeveral(config: IpamRequest[], enableIPv6: boolean): void {
  for (const family of [4, 6] as const) {
    if (counting(config, enableIPv6).filter((entry) => familyOf(entry) === family).length > 1)
      throw new DockerError('forbidden', "bridge driver doesn't support multiple subnets");
  }
}

function counting(config: IpamRequest[], enableIPv6: boolean): IpamRequest[] {
  return config.filter((entry) => enableIPv6 || familyOf(entry) === 4);
}

/** The entry of a family that counts. */
export function configOf(config: IpamRequest[], family: Family): IpamRequest | undefined {
  return config.find((entry) => familyOf(entry) === family);
}

/** One without a subnet is of IPv4. */
function familyOf({ Subnet }: IpamRequest): Family {
  return Subnet.includes(':') ? 6 : 4;
}

function ipamErrors({ Subnet, IPRange, Gateway, AuxiliaryAddresses }: IpamRequest): string[] {
  if (Subnet === '') {
    const alone = IPRange !== '' || Gateway !== '' || Object.keys(AuxiliaryAddresses).length > 0;
    return alone ? ['a gateway, ip-range or auxiliary address needs a subnet'] : [];
  }
  const subnet = parseBlock(Subnet);
  if (subnet === null) return [`invalid subnet ${Subnet}: invalid CIDR block notation`];
  const errors: string[] = [];
  if (Subnet !== formatBlock(subnet) && !isFirst(Subnet, subnet))
    errors.push(`invalid subnet ${Subnet}: it should be ${formatBlock(subnet)}`);
  if (subnet.prefix > (subnet.family === 4 ? 30 : 126))
    errors.push(`invalid subnet ${Subnet}: sdc-docker needs four addresses at least`);
  errors.push(...rangeErrors(IPRange, subnet));
  const gateway = addressError(Gateway, subnet);
  if (gateway !== null) errors.push(`invalid gateway ${Gateway}: ${gateway}`);
  for (const [name, address] of Object.entries(AuxiliaryAddresses)) {
    const error = addressError(address, subnet);
    if (error !== null) errors.push(`invalid auxiliary address ${name}: ${error}`);
  }
  return errors;
}

/** An IPv6 address has many texts; only host bits are wrong. */
function isFirst(text: string, { family, first }: IpBlock): boolean {
  return family === 6 && parseIp(text.split('/')[0] ?? '')?.value === first;
}

function rangeErrors(text: string, subnet: IpBlock): string[] {
  if (text === '') return [];
  const range = parseBlock(text);
  if (range === null) return [`invalid ip-range ${text}: invalid CIDR block notation`];
  if (range.family !== subnet.family) return [`invalid ip-range ${text}: ${ofOtherFamily(subnet)}`];
  const errors: string[] = [];
  if (range.prefix < subnet.prefix) {
    errors.push(
      `invalid ip-range ${text}: CIDR block is bigger than its parent subnet ${formatBlock(subnet)}`,
    );
  }
  if (text !== formatBlock(range) && !isFirst(text, range))
    errors.push(`invalid ip-range ${text}: it should be ${formatBlock(range)}`);
  if (range.last < subnet.first || range.first > subnet.last)
    errors.push(`invalid ip-range ${text}: parent subnet ${formatBlock(subnet)} doesn't contain ip-range`);
  return errors;
}

function addressError(text: string, subnet: IpBlock): string | null {
  if (text === '') return null;
  const ip = parseIp(text);
  if (ip === null) return 'invalid address';
  if (ip.family !== subnet.family) return ofOtherFamily(subnet);
  if (!contains(subnet, ip)) return `parent subnet ${formatBlock(subnet)} doesn't contain this address`;
  return null;
}

function ofOtherFamily({ family }: IpBlock): string {
  return `parent subnet is an IPv${family} block`;
}
