// CoaL's PAPI: the packages of a JSON file, read once at the start and never changed over the wire.
import type Logger from 'bunyan';
import { TritonError } from '#lib/wire/errors.ts';
import type { Package } from '#lib/wire/types.ts';
import type { CoalReply, CoalRequest, CoalRoute, CoalService } from '../types.ts';
import { loadPackages } from './load-packages.ts';
import { searchPackages } from './search-packages.ts';

/** The one whose answers this service copies. */
const VERSION = '7.2.5';

export interface PapiOptions {
  /** JSON: a list of packages (etc/packages.json). */
  packagesFile: string;
  /** Every package of a file without `owner_uuids` is everybody's, so nobody asks for the admin yet. */
  adminUuid: string;
  log: Logger;
}

export type Papi = CoalService & {
  /** A package, active or not; null when the file has none of that uuid. */
  find(uuid: string): Package | null;
};

/** Reads the file. Throws an Error with one clear line when it is missing or not a list of packages. */
export async function createPapi(opts: PapiOptions): Promise<Papi> {
  const packages = await loadPackages(opts.packagesFile);
  opts.log.debug({ component: 'papi', packages: packages.length }, 'packages read');
  const byUuid = new Map(packages.map((pkg) => [pkg.uuid, pkg]));
  const find = (uuid: string): Package | null => byUuid.get(uuid) ?? null;
  return {
    name: 'papi',
    server: `SDC Package API ${VERSION}`,
    routes: [...readRoutes(packages, find), ...refusedRoutes(find)],
    find,
    close: async () => {},
  };
}

type Find = Papi['find'];

function readRoutes(packages: Package[], find: Find): CoalRoute[] {
  const list = async (req: CoalRequest): Promise<CoalReply> => {
    const { page, total } = searchPackages(packages, req.query);
    return { status: 200, body: page, headers: { 'x-resource-count': String(total) } };
  };
  const get = async (req: CoalRequest): Promise<CoalReply> => ok(packageOf(find, req));
  return [
    {
      name: 'Ping',
      method: 'GET',
      path: '/ping',
      handler: async () => ok({ pid: process.pid, backend: 'up' }),
    },
    { name: 'ListPackages', method: 'GET', path: '/packages', handler: list },
    { name: 'CountPackages', method: 'HEAD', path: '/packages', handler: list },
    { name: 'GetPackage', method: 'GET', path: '/packages/:uuid', handler: get },
    { name: 'HeadPackage', method: 'HEAD', path: '/packages/:uuid', handler: get },
  ];
}

/**
 * The file rules, so writing is refused in PAPI's own terms: DELETE as the real one refuses it without `force`, POST of a
 * uuid that exists as its ConflictError; the real one has no refusal for the rest, which get the same code as DELETE.
 */
function refusedRoutes(find: Find): CoalRoute[] {
  return [
    {
      name: 'CreatePackage',
      method: 'POST',
      path: '/packages',
      handler: async (req) => {
        if (find(String(req.body.uuid)) !== null)
          throw new TritonError('ConflictError', 409, 'A package with the given UUID already exists');
        throw badMethod('created');
      },
    },
    {
      name: 'UpdatePackage',
      method: 'PUT',
      path: '/packages/:uuid',
      handler: async (req) => {
        packageOf(find, req);
        throw badMethod('changed');
      },
    },
    {
      name: 'DeletePackage',
      method: 'DELETE',
      path: '/packages/:uuid',
      handler: async (req) => {
        packageOf(find, req);
        throw badMethod('deleted');
      },
    },
  ];
}

function badMethod(done: string): TritonError {
  return new TritonError('BadMethod', 405, `Packages cannot be ${done}`);
}

/** With owner_uuids (one, or a JSON list) a package of other owners is not found, one without owners is. */
function packageOf(find: Find, req: CoalRequest): Package {
  const uuid = req.params.uuid ?? '';
  const pkg = find(uuid);
  const asked = req.query.owner_uuids;
  const shared = pkg?.owner_uuids?.some((owner) => asked?.includes(owner)) ?? true;
  if (pkg === null || (asked !== undefined && !shared))
    throw new TritonError('ResourceNotFound', 404, `Package ${uuid} does not exist`);
  return pkg;
}

function ok(body: unknown): CoalReply {
  return { status: 200, body };
}
