// The mount namespace in which a VM's files are seen: its own while it runs, else one made for as long as somebody copies.
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TritonError } from '#lib/wire/errors.ts';
import type { Machine } from '../machine.ts';
import { type AgentNode, getMachine } from '../node.ts';
import type { OciSpec } from '../oci-spec/types.ts';
import { isOwnProcess } from '../own-process.ts';
import { holdVolumes, releaseVolumes } from '../volumes/use-volumes.ts';
import { readSpec } from '../zone-files.ts';
import { atRest } from './at-rest.ts';
import { startCage } from './cage.ts';
import type { Copy } from './copies.ts';

/** An open mount namespace. The copy is counted in until `close`. */
export interface OpenNamespace {
  fd: number;
  close(): void;
}

/** Throws TritonError VmNotFound. */
export async function openNamespace(node: AgentNode, machine: Machine, copy: Copy): Promise<OpenNamespace> {
  machine.copies.add(copy);
  try {
    for (;;) {
      const { live } = machine;
      if (live) {
        const fd = openRunning(machine, live.pid);
        if (fd !== null) return closing(machine, copy, fd);
        // It is ending: once that is recorded, it is at rest.
        await live.ended;
      }
      // Not during a start, which would mount the same layers.
      const shared = await machine.lock.run(async () =>
        machine.live ? null : atRestNamespace(node, machine),
      );
      if (shared !== null) return { fd: shared, close: () => machine.copies.remove(copy) };
    }
  } catch (err) {
    machine.copies.remove(copy);
    throw err;
  }
}

function closing(machine: Machine, copy: Copy, fd: number): OpenNamespace {
  return {
    fd,
    close() {
      closeSync(fd);
      machine.copies.remove(copy);
    },
  };
}

/** null when the process has gone. Before and after the opening the pid must be in the container's own cgroup: it may be another's by now. */
function openRunning(machine: Machine, pid: number): number | null {
  if (!isOwnProcess(machine, pid)) return null;
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/ns/mnt`, 'r');
  } catch {
    return null;
  }
  if (isOwnProcess(machine, pid)) return fd;
  closeSync(fd);
  return null;
}

/** The caller holds the VM's lock. */
async function atRestNamespace(node: AgentNode, machine: Machine): Promise<number> {
  getMachine(node, machine.uuid);
  const { copies } = machine;
  if (copies.restNamespace !== null) return copies.restNamespace;
  await Promise.all([machine.taskDeleted, machine.netReleased]);
  const mountPoint = join(machine.zonePath, 'mnt');
  await mkdir(mountPoint, { recursive: true });
  const spec = machine.spec ?? ((await readSpec(machine.zonePath)) as OciSpec | null);
  // The view has mounts of its own: what they are made of may go when it stands.
  const holder = `rest ${machine.uuid}`;
  try {
    const volumes = await holdVolumes(node, machine, holder);
    copies.restNamespace = await viewOf(machine, [
      'hold',
      mountPoint,
      ...atRest(machine.zone, spec, volumes),
    ]);
    return copies.restNamespace;
  } finally {
    await releaseVolumes(node, machine, holder);
  }
}

/** File descriptor of a mount namespace of its own. */
async function viewOf(machine: Machine, words: string[]): Promise<number> {
  const { child, ended } = startCage({ words, namespace: null });
  const said = once(child.stdout!, 'data').then(([text]) => String(text));
  const answer = await Promise.race([said, ended.then(() => '')]);
  try {
    // Anything else is why it could not.
    if (answer !== 'ready\n') {
      const { code, complaint } = await ended;
      throw new TritonError(
        'InternalError',
        500,
        `the root of VM ${machine.uuid} could not be mounted (${code}): ${complaint || answer}`,
      );
    }
    return openSync(`/proc/${child.pid}/ns/mnt`, 'r');
  } finally {
    child.stdin?.on('error', () => undefined).end();
  }
}
