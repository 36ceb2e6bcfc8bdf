// Containers that a build makes for its steps, by the code and the rules of every other container of the account.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ContainerPathStat } from '#lib/docker-vm/copy.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import { readCopy } from '#lib/triton/copy-stream.ts';
import type { Vm } from '#lib/wire/types.ts';
import { MAX_VERSION } from '#src/api/version.ts';
import { openCopy, statPath, statusError } from '#src/containers/archive/open-copy.ts';
import { putContainerArchive } from '#src/containers/archive/put.ts';
import { createContainer } from '#src/containers/create/create.ts';
import { removeContainer } from '#src/containers/delete.ts';
import { findContainer } from '#src/containers/lookup.ts';
import { containerStart } from '#src/containers/start.ts';
import { Watch } from '#src/containers/wait.ts';
import type { Req } from '#src/context.ts';
import { DockerError } from '#src/errors.ts';
import { requireCommon } from '#src/vm/capability.ts';
import { configOf } from '#src/vm/metadata.ts';
import { openStream } from '#src/vm/open-stream.ts';
import { outliving } from '#src/vm/outlive.ts';
import { asDocker } from '#src/vm/triton-errors.ts';

const REFUSAL =
  'docker build is not possible in this datacenter: its compute nodes cannot make a layer of a container';

/** A container that is not started: its files can be read and written. */
export interface Worker {
  vm: Vm;
  /** 64 hex */
  id: string;
}

/** Throws DockerError notImplemented: before anything is made, as it is not known on which server a step will be. */
export async function requireBuilding(req: Req): Promise<void> {
  const asked = requireCommon(req.app.triton.cnapi, 'docker_commit', REFUSAL, req.call);
  await asDocker(asked, { ref: '' });
}

/**
 * `body`: Docker's create request. `bare`: the image's VOLUMEs are no mounts in it, so that what is copied there is in its own layer.
 * Throws DockerError.
 */
export async function createWorker(req: Req, name: string, body: object, bare: boolean): Promise<Worker> {
  const mounts = bare ? { Volumes: null } : {};
  const asked = derived(req, { query: { name }, json: async () => ({ ...body, ...mounts }) });
  const reply = await createContainer(asked, { imageVolumes: !bare });
  const { Id: id } = (reply as { body: { Id: string } }).body;
  const vm = await findContainer(req, id);
  return { vm, id };
}

/** Starts it, passes its output on, and gives its exit code when it has ended. Throws DockerError when it cannot start. */
export async function runWorker(
  req: Req,
  { vm, id }: Worker,
  onOutput: (stream: 1 | 2, piece: Buffer) => Promise<void>,
): Promise<number> {
  const stream = await openStream(req, vm, {
    Cmd: ['AttachConsole'],
    Container: id,
    AttachConsole: true,
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    Stream: true,
  });
  const watch = new Watch('next-exit');
  const unsubscribe = req.app.events.onVm(vm.uuid, (transition) => watch.see(transition));
  watch.begin(vm);
  const leave = (): void => stream.destroy();
  req.call.signal?.addEventListener('abort', leave, { once: true });
  try {
    const output = stream.run(onOutput).catch(() => null);
    await containerStart(derived(req, { params: { id } }));
    const ended = Promise.all([watch.result, output]);
    const [{ StatusCode }] = await Promise.race([ended, aborted(req)]);
    return StatusCode;
  } finally {
    req.call.signal?.removeEventListener('abort', leave);
    unsubscribe();
    stream.destroy();
  }
}

/** Build arguments may be secret, and a destroyed VM's record is kept. */
export async function forgetEnvironment(req: Req, { vm, id }: Worker): Promise<void> {
  const config = { ...configOf(vm), Env: null };
  const values = { [MD.env]: '[]', [MD.config]: JSON.stringify(config) };
  const opts = { owner_uuid: req.account.uuid };
  await asDocker(req.app.triton.vmapi.setInternalMetadata(vm.uuid, values, opts, outliving(req.call)), {
    ref: id,
  });
}

/** Whatever it does, with its anonymous volumes; one that is gone is fine. Also when the client has left. */
export async function removeWorker(req: Req, { vm, id }: Worker): Promise<void> {
  try {
    await removeContainer(req, vm, id, true);
  } catch (err) {
    if (!(err instanceof DockerError) || err.kind !== 'notFound') throw err;
  }
}

/** Null when there is nothing at that path. */
export async function statInWorker(
  req: Req,
  { vm, id }: Worker,
  path: string,
): Promise<ContainerPathStat | null> {
  try {
    return await statPath(req, vm, { ref: id, path });
  } catch (err) {
    if (err instanceof DockerError && err.kind === 'notFound') return null;
    throw err;
  }
}

/** What is at that path as a tar, to `sink`. Throws DockerError. */
export async function readFromWorker(
  req: Req,
  { vm, id }: Worker,
  path: string,
  sink: (piece: Buffer) => Promise<void>,
): Promise<void> {
  const at = { ref: id, path };
  const { socket, told } = await openCopy(req, vm, at, { mode: 'read' });
  try {
    const failure = statusError(await readCopy(socket, told, (piece) => sink(piece)), at);
    if (failure) throw failure;
  } finally {
    socket.destroy();
  }
}

/** Extracts a tar, which may be compressed, into a directory. Throws DockerError. */
export async function writeToWorker(req: Req, { id }: Worker, path: string, tar: Readable): Promise<void> {
  const query = { path };
  await putContainerArchive(derived(req, { params: { id }, query, raw: tar as IncomingMessage }));
}

function derived(req: Req, over: Partial<Req>): Req {
  return {
    ...req,
    version: MAX_VERSION,
    params: {},
    query: {},
    queryAll: new URLSearchParams(),
    headers: {},
    json: async () => ({}),
    ...over,
  };
}

function aborted({ call: { signal } }: Req): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
