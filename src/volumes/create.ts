// VolumeCreate: POST /volumes/create.
import { ANONYMOUS_LABEL, newVolumeName } from '#lib/docker-vm/volumes.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Volume } from '#lib/wire/types.ts';
import { bodyFields } from '#src/api/fields.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, invalid } from '#src/errors.ts';
import { requireHostAccessOfVolume } from '#src/host-access.ts';
import { outliving } from '#src/vm/outlive.ts';
import { toDockerError } from '#src/vm/triton-errors.ts';
import { emitVolumeEvent } from './events.ts';
import { toVolume } from './from-volume.ts';
import { checkVolume, defaultDriver, findVolume, LOCAL_DRIVER } from './lookup.ts';
import { nfsParams } from './options.ts';

/** 201, also for one that is there already: it stays what it is. */
export async function volumeCreate(req: Req): Promise<Reply> {
  const fields = bodyFields(await req.json(), 'volume.CreateOptions');
  if (fields.object('ClusterVolumeSpec'))
    throw invalid('this node is not a swarm manager: no cluster volumes');
  const asked = fields.string('Name');
  const name = asked || newVolumeName();
  const askedDriver = fields.string('Driver');
  const driver = askedDriver || (await defaultDriver(req));
  const options = fields.stringMap('DriverOpts') ?? {};
  const labels = { ...fields.stringMap('Labels'), ...(asked === '' ? { [ANONYMOUS_LABEL]: '' } : {}) };
  requireHostAccessOfVolume(req.app.config, req.account, options);
  await checkVolume(req, { name, driver, options });
  const there = await findVolume(req, name);
  if (there) return { status: 201, body: toVolume(sameDriver(there, askedDriver || there.type)) };
  return { status: 201, body: toVolume(await make(req, { name, driver, options, labels })) };
}

interface Wish {
  name: string;
  driver: string;
  options: Record<string, string>;
  labels: Record<string, string>;
}

async function make(req: Req, { name, driver, options, labels }: Wish): Promise<Volume> {
  const base = { owner_uuid: req.account.uuid, name, type: driver, labels };
  const params = driver === LOCAL_DRIVER ? { ...base, options } : { ...base, ...nfsParams(name, options) };
  try {
    const volume = await req.app.triton.volapi.createVolume(params, outliving(req.call));
    emitVolumeEvent(req, 'create', volume);
    return volume;
  } catch (err) {
    // Somebody else was faster.
    const there = hasRestCode(err, 'VolumeAlreadyExists') ? await findVolume(req, name) : null;
    if (there) return sameDriver(there, driver);
    throw toDockerError(err, { ref: name });
  }
}

function sameDriver(volume: Volume, driver: string): Volume {
  if (volume.type === driver) return volume;
  throw conflict(
    `create ${volume.name}: conflict: volume name must be unique: there is one with driver ${volume.type}`,
  );
}
