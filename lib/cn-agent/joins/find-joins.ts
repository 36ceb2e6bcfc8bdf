// The containers whose namespaces another one joins (--network, --pid, --ipc container:X), and what their files on the host are.
import { basename, dirname, join } from 'node:path';
import { idToUuid, isDockerId } from '#lib/docker-vm/ids.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { LiveRun, Machine } from '../machine.ts';
import { type AgentNode, specOf } from '../node.ts';
import { dockerSettings, type HostConfig } from '../oci-spec/docker-settings.ts';
import { isOwnProcess } from '../own-process.ts';
import { SHM_DIR } from './shm.ts';

type Kind = 'net' | 'pid' | 'ipc';

/** One namespace of another container's present run. */
export interface Join {
  kind: Kind;
  donor: Machine;
  live: LiveRun;
}

const MODES = { net: 'NetworkMode', pid: 'PidMode', ipc: 'IpcMode' } as const;
const PREFIX = 'container:';

/** Whom this container joins. Throws TritonError VmStartFailed with dockerd's text for one that is missing or does not run. */
export function findJoins(node: AgentNode, machine: Machine): Join[] {
  const kinds: Kind[] = ['net', 'ipc', 'pid'];
  return kinds.flatMap((kind) => {
    const ref = joinedRef(hostConfigOf(machine)[MODES[kind]]);
    return ref === null ? [] : [joinOf(node, machine, kind, ref)];
  });
}

/** 'container:X' → X, or null. Pure. */
export function joinedRef(mode: string | undefined): string | null {
  return mode?.startsWith(PREFIX) ? mode.slice(PREFIX.length) : null;
}

function joinOf(node: AgentNode, machine: Machine, kind: Kind, ref: string): Join {
  const donor = findDonor(node, machine, ref);
  if (!donor) throw refusal(kind, 500, `No such container: ${ref}`);
  if (donor === machine && kind === 'net') {
    throw new TritonError('VmStartFailed', 500, 'cannot join own network namespace');
  }
  const { live, run } = donor;
  if (live) return { kind, donor, live };
  if (run.phase === 'restarting') {
    throw refusal(kind, 409, `Container ${ref} is restarting, wait until the container is running`);
  }
  throw kind === 'net' ? networkIsDown(donor) : refusal(kind, 500, `container ${ref} is not running`);
}

/** By id, or by name; of the same owner only. undefined: not on this node. */
export function findDonor(node: AgentNode, machine: Machine, ref: string): Machine | undefined {
  const { owner_uuid } = machine.zone.vm;
  const isWanted = ({ zone, destroying }: Machine): boolean =>
    zone.vm.owner_uuid === owner_uuid && !destroying;
  const byId = isDockerId(ref) ? node.machines.get(idToUuid(ref)) : undefined;
  if (byId && isWanted(byId)) return byId;
  return [...node.machines.values()].find((other) => other.zone.vm.alias === ref && isWanted(other));
}

/** `/proc/<pid>/ns/…` of each. Only right as long as `stillThere` says so afterwards. Pure. */
export function namespacePaths(joins: Join[]): { net?: string; pid?: string; ipc?: string } {
  return Object.fromEntries(joins.map(({ kind, live }) => [kind, `/proc/${live.pid}/ns/${kind}`]));
}

/**
 * Asked when the namespaces have been joined and nothing runs in them yet. A pid that has been the donor's first process before and
 * after was nobody else's in between. Throws TritonError VmStartFailed.
 */
export function stillThere(joins: Join[]): void {
  for (const { kind, donor, live } of joins) {
    if (donor.live === live && isOwnProcess(donor, live.pid)) continue;
    throw kind === 'net'
      ? networkIsDown(donor)
      : refusal(kind, 500, `container ${idOf(donor)} is not running`);
  }
}

/** Host directory of the /dev/shm that an ipc donor shares. Throws TritonError VmStartFailed when it shares none. */
export async function sharedShm(node: AgentNode, joins: Join[]): Promise<string | undefined> {
  const join = joins.find(({ kind }) => kind === 'ipc');
  if (!join) return undefined;
  const { donor } = join;
  const source = (await specOf(donor)).mounts.find(({ destination }) => destination === '/dev/shm')?.source;
  const isHosts = hostConfigOf(donor).IpcMode === 'host' && source === '/dev/shm';
  if (source !== undefined && (isHosts || isShmOfZone(node, source))) return source;
  throw refusal(
    'ipc',
    500,
    `container ${idOf(donor)}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
  );
}

/** Its own, or handed on from the one that it joined. */
function isShmOfZone(node: AgentNode, source: string): boolean {
  const machine = node.machines.get(basename(dirname(source)));
  return machine !== undefined && join(machine.zonePath, SHM_DIR) === source;
}

/** The container whose network this one has in the end, itself when it joins none. */
export function networkOwner(node: AgentNode, machine: Machine): Machine {
  const seen = new Set([machine]);
  for (let at = machine; ; ) {
    const ref = joinedRef(hostConfigOf(at).NetworkMode);
    const next = ref === null ? undefined : findDonor(node, at, ref);
    if (!next || seen.has(next)) return at;
    seen.add(next);
    at = next;
  }
}

export function hostConfigOf({ zone }: Machine): HostConfig {
  return dockerSettings(zone.vm, zone.image.config).hostConfig;
}

function idOf({ zone }: Machine): string {
  return dockerSettings(zone.vm, zone.image.config).id;
}

function networkIsDown({ zone, run }: Machine): TritonError {
  const state = run.startedAt === null ? 'created' : 'exited';
  const text = `cannot join network namespace of a non running container: container ${zone.vm.alias ?? ''} is ${state}`;
  return new TritonError('VmStartFailed', 409, text);
}

const BEGINNINGS = {
  pid: 'failed to join PID namespace: ',
  ipc: 'failed to join IPC namespace: ',
};

function refusal(kind: Kind, statusCode: number, why: string): TritonError {
  if (kind !== 'net') return new TritonError('VmStartFailed', 500, BEGINNINGS[kind] + why);
  const words = statusCode === 409 ? 'cannot join network namespace of' : 'joining network namespace of';
  return new TritonError('VmStartFailed', statusCode, `${words} container: ${why}`);
}
