// VOLAPI's routes (triton-wire §5.6).
import { TritonError } from '#lib/wire/errors.ts';
import { isUuid } from '#lib/wire/uuid.ts';
import type { CoalReply, CoalRequest, CoalRoute } from '../types.ts';
import { readCreate, readList, readName, validationError } from './validate.ts';
import type { Volumes } from './volumes.ts';

export function volapiRoutes(volumes: Volumes): CoalRoute[] {
  const { store } = volumes;
  const of = (req: CoalRequest) => volumes.get(req.params.uuid ?? '', req.query.owner_uuid);
  return [
    { name: 'Ping', method: 'GET', path: '/ping', handler: async () => ok({ status: 'OK', healthy: true }) },
    {
      name: 'ListVolumes',
      method: 'GET',
      path: '/volumes',
      handler: async (req) => {
        const test = readList(req.query);
        const rows = store.all().filter(({ volume }) => test(volume));
        return ok(
          req.query.usage === 'true'
            ? await volumes.withUsage(rows, req)
            : rows.map((row) => volumes.view(row)),
        );
      },
    },
    {
      name: 'CreateVolume',
      method: 'POST',
      path: '/volumes',
      handler: async (req) => ({ status: 201, body: await volumes.create(readCreate(req.body), req) }),
    },
    // Only NFS volumes have sizes to choose from.
    { name: 'ListVolumeSizes', method: 'GET', path: '/volumesizes', handler: async () => ok([]) },
    {
      name: 'GetVolume',
      method: 'GET',
      path: '/volumes/:uuid',
      handler: async (req) => ok(volumes.view(of(req))),
    },
    {
      name: 'UpdateVolume',
      method: 'POST',
      path: '/volumes/:uuid',
      handler: async (req) => {
        await volumes.rename(req.params.uuid ?? '', req.query.owner_uuid, readName(req.body.name));
        return { status: 204 };
      },
    },
    {
      name: 'DeleteVolume',
      method: 'DELETE',
      path: '/volumes/:uuid',
      handler: async (req) => {
        await volumes.remove(req.params.uuid ?? '', req.query.owner_uuid, req);
        return { status: 204 };
      },
    },
    {
      name: 'ListVolumeReferences',
      method: 'GET',
      path: '/volumes/:uuid/references',
      handler: async (req) => ok(store.refs(of(req).volume.uuid)),
    },
    {
      name: 'AddReference',
      method: 'POST',
      path: '/volumes/:uuid/addreference',
      handler: (req) => reference(volumes, req, 'addRef'),
    },
    {
      name: 'RemoveReference',
      method: 'POST',
      path: '/volumes/:uuid/removereference',
      handler: (req) => reference(volumes, req, 'removeRef'),
    },
  ];
}

async function reference(
  volumes: Volumes,
  req: CoalRequest,
  change: 'addRef' | 'removeRef',
): Promise<CoalReply> {
  const { owner_uuid: owner, vm_uuid: vm } = req.body;
  if (!isUuid(vm)) throw validationError(['Error: vm_uuid is not a valid UUID']);
  if (!isUuid(owner)) throw validationError(['Error: owner_uuid is not a valid UUID']);
  const { volume } = volumes.get(req.params.uuid ?? '', owner);
  if (volume.state !== 'ready')
    throw new TritonError('ValidationError', 409, `volume ${volume.name} is not ready`);
  volumes.store[change](volume.uuid, vm);
  return { status: 200, body: volumes.view({ volume, madeFor: null }) };
}

function ok(body: unknown): CoalReply {
  return { status: 200, body };
}
