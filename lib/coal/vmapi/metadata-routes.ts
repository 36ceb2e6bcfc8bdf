// /vms/:uuid/{customer_metadata,internal_metadata,tags}[/:key]: read at once, changed by an update job (triton-wire §2.5).
import { TritonError } from '#lib/wire/errors.ts';
import type { CoalReply, CoalRequest, CoalRoute } from '../types.ts';
import { invalid, validationFailed } from '../validation.ts';
import { isScalarMap } from './create-payload.ts';
import { type VmapiParts, vmOf } from './parts.ts';
import { runUpdate } from './update.ts';

type MapName = 'customer_metadata' | 'internal_metadata' | 'tags';

/** Seven routes for each of the three maps. */
export function metadataRoutes(parts: VmapiParts): CoalRoute[] {
  return (['customer_metadata', 'internal_metadata', 'tags'] as const).flatMap((map) => routesOf(parts, map));
}

function routesOf(parts: VmapiParts, map: MapName): CoalRoute[] {
  const words = map.split('_').map((word) => word[0]!.toUpperCase() + word.slice(1));
  const name = words.join('');
  const path = `/vms/:uuid/${map}`;
  return [
    {
      name: `List${name}`,
      method: 'GET',
      path,
      handler: async (req) => ({ status: 200, body: vmOf(parts, req)[map] }),
    },
    { name: `Add${name}`, method: 'POST', path, handler: (req) => change(parts, req, map, []) },
    {
      name: `Set${name}`,
      method: 'PUT',
      path,
      handler: (req) => change(parts, req, map, keysNotIn(parts, req, map)),
    },
    {
      name: `DeleteAll${name}`,
      method: 'DELETE',
      path,
      handler: (req) => remove(parts, req, map, Object.keys(vmOf(parts, req)[map])),
    },
    { name: `Get${name}`, method: 'GET', path: `${path}/:key`, handler: (req) => one(parts, req, map) },
    {
      name: `Delete${name}`,
      method: 'DELETE',
      path: `${path}/:key`,
      handler: (req) => remove(parts, req, map, [req.params.key ?? '']),
    },
  ];
}

async function one(parts: VmapiParts, req: CoalRequest, map: MapName): Promise<CoalReply> {
  const values = vmOf(parts, req)[map];
  const { key = '' } = req.params;
  if (!Object.hasOwn(values, key)) throw new TritonError('ResourceNotFound', 404, `${map} ${key} not found`);
  return { status: 200, body: values[key] };
}

function keysNotIn(parts: VmapiParts, req: CoalRequest, map: MapName): string[] {
  return Object.keys(vmOf(parts, req)[map]).filter((key) => !Object.hasOwn(req.body, key));
}

async function change(
  parts: VmapiParts,
  req: CoalRequest,
  map: MapName,
  removed: string[],
): Promise<CoalReply> {
  if (!isScalarMap(req.body)) throw validationFailed([invalid(map)]);
  const payload = { [`set_${map}`]: req.body, [`remove_${map}`]: removed };
  return runUpdate(parts, req, vmOf(parts, req), payload);
}

async function remove(parts: VmapiParts, req: CoalRequest, map: MapName, keys: string[]): Promise<CoalReply> {
  return runUpdate(parts, req, vmOf(parts, req), { [`remove_${map}`]: keys });
}
