// NAPI's routes over the addresses of a network, of either family.
import { TritonError } from '#lib/wire/errors.ts';
import { contains, formatIp, parseIp } from '#lib/wire/ip.ts';
import { ipToNumber } from '#lib/wire/ipv4.ts';
import type { CoalRequest, CoalRoute } from '../types.ts';
import type { Ipv6Network } from './ipv6-network.ts';
import { selectIps } from './list-nics.ts';
import type { OpenNetwork } from './network.ts';
import { bool, checked, invalidParameter, invalidParameters } from './params.ts';
import type { NapiParts } from './routes.ts';
import { etagOf, type IpView, ipOf, ipv6Of } from './views.ts';

/** One network's addresses, whatever family they are of. */
interface Book {
  /** Those that are somebody's, in order: the gateway's, the nics', the reserved ones, the broadcast address. */
  held(): IpView[];
  /** Throws TritonError for what is no address of it. */
  at(text: string): { view(): IpView; reserve(on: boolean): void };
}

export function ipRoutes(parts: NapiParts): CoalRoute[] {
  const book = ({ params }: CoalRequest): Book => {
    const six = parts.networks.getIpv6(params.uuid ?? '');
    if (six) return ipv6Book(parts, six);
    const network = parts.networks.get(params.uuid ?? '');
    if (!network) throw new TritonError('ResourceNotFound', 404, 'network not found');
    return ipv4Book(parts, network);
  };
  const tagged = (body: IpView) => ({ status: 200, body, headers: { etag: etagOf(body) } });
  return [
    {
      ...{ name: 'ListIPs', method: 'GET', path: '/networks/:uuid/ips' },
      handler: async (req) => ({ status: 200, body: selectIps(book(req).held(), req.query) }),
    },
    {
      ...{ name: 'GetIP', method: 'GET', path: '/networks/:uuid/ips/:ip' },
      handler: async (req) =>
        tagged(
          book(req)
            .at(req.params.ip ?? '')
            .view(),
        ),
    },
    {
      ...{ name: 'UpdateIP', method: 'PUT', path: '/networks/:uuid/ips/:ip' },
      handler: async (req) => {
        const address = book(req).at(req.params.ip ?? '');
        const { reserved } = checked(req.body, { reserved: bool });
        if (typeof reserved === 'boolean') address.reserve(reserved);
        return tagged(address.view());
      },
    },
  ];
}

function ipv4Book({ nics, adminUuid }: NapiParts, { row, layout }: OpenNetwork): Book {
  const view = (ip: number): IpView => ipOf(ip, nics.on(row.uuid), adminUuid);
  return {
    held() {
      const { byIp, reserved } = nics.on(row.uuid);
      const { gateway, broadcast } = layout;
      const held = new Set([...(gateway === null ? [] : [gateway]), ...byIp.keys(), ...reserved, broadcast]);
      return [...held].sort((a, b) => a - b).map(view);
    },
    at(text) {
      const ip = ipToNumber(text);
      if (ip === null) throw noAddress();
      if (ip < layout.network || ip > layout.broadcast) throw notHere();
      return { view: () => view(ip), reserve: (on) => nics.reserve(row.uuid, ip, on) };
    },
  };
}

function ipv6Book({ nics, adminUuid }: NapiParts, { row, layout }: Ipv6Network): Book {
  const view = (ip: string): IpView => ipv6Of(ip, nics.onIpv6(row.uuid), adminUuid);
  return {
    held() {
      const { byIp, reserved } = nics.onIpv6(row.uuid);
      const gateway = layout.gateway === null ? [] : [formatIp({ family: 6, value: layout.gateway })];
      const held = new Set([...gateway, ...byIp.keys(), ...reserved]);
      return [...held].sort(inOrder).map(view);
    },
    at(text) {
      const ip = parseIp(text);
      if (ip === null) throw noAddress();
      if (!contains(layout.block, ip)) throw notHere();
      const own = formatIp(ip);
      return { view: () => view(own), reserve: (on) => nics.reserveIpv6(row.uuid, own, on) };
    },
  };
}

function inOrder(a: string, b: string): number {
  return parseIp(a)!.value < parseIp(b)!.value ? -1 : 1;
}

function noAddress(): TritonError {
  return invalidParameters([invalidParameter('ip_addr', 'invalid IP address')]);
}

function notHere(): TritonError {
  return new TritonError('ResourceNotFound', 404, 'IP is not in subnet');
}
