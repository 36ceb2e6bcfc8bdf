// What an instance holds of volumes that nothing accounts for: folders, mounts, records and references.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mountsAt } from '#lib/cn-agent/volumes/unmount.ts';
import { vmVolumesOf } from '#lib/docker-vm/volumes.ts';
import type { Vm } from '#lib/wire/types.ts';
import { rows } from './database-rows.ts';

/** `alive`: VMs that exist; `running`: those that should have a process. */
export async function findOrphanVolumes(
  stateDir: string,
  alive: ReadonlyMap<string, Vm>,
  running: ReadonlySet<string>,
): Promise<string[]> {
  const dir = join(stateDir, 'volumes');
  const { volumes, refs } = readRecords(join(stateDir, 'coal/volapi.db'));
  const known = new Set(volumes.map(({ uuid }) => uuid));
  const refOf = new Set(refs.map(({ vm, volume }) => `${vm} ${volume}`));
  const folders = (await entries(dir)).filter((name) => !name.startsWith('.'));
  const used = [...alive.values()].flatMap((vm) =>
    vmVolumesOf(vm.internal_metadata).map(({ uuid }) => ({ vm: vm.uuid, volume: uuid })),
  );
  const mounted = new Set(
    used.filter(({ vm }) => running.has(vm)).map(({ volume }) => join(dir, volume, '_data')),
  );
  return [
    ...folders.filter((name) => !known.has(name)).map((name) => `volume folder ${name} without a record`),
    ...volumes
      .filter(({ uuid }) => !folders.includes(uuid))
      .map(({ uuid }) => `volume ${uuid} without a folder`),
    ...volumes
      .filter(({ state, made_for }) => state !== 'ready' || made_for !== null)
      .map(
        ({ uuid, state, made_for }) =>
          `volume ${uuid} is ${state}${made_for ? `, made for ${made_for}` : ''}`,
      ),
    ...refs
      .filter(({ vm }) => !alive.has(vm))
      .map(({ vm, volume }) => `reference of VM ${vm} on volume ${volume}`),
    ...used
      .filter(({ vm, volume }) => !refOf.has(`${vm} ${volume}`))
      .map(({ vm, volume }) => `VM ${vm} uses volume ${volume} without a reference`),
    ...(await entries(join(dir, '.deleted'))).map((name) => `volume folder .deleted/${name}`),
    ...(await entries(join(dir, '.parts'))).map((name) => `part of a volume ${name}`),
    ...(await mountsAt(dir)).filter((point) => !mounted.has(point)).map((point) => `mount ${point}`),
  ];
}

interface Records {
  volumes: { uuid: string; state: string; made_for: string | null }[];
  refs: { vm: string; volume: string }[];
}

function readRecords(file: string): Records {
  return {
    volumes: rows(file, 'SELECT uuid, state, made_for FROM volumes'),
    refs: rows(file, 'SELECT vm_uuid AS vm, volume_uuid AS volume FROM refs'),
  };
}

async function entries(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}
