// Name, id or id prefix → VM, within one account.
import { idPrefixToUuidPattern, idToUuid, isDockerId } from '#lib/docker-vm/ids.ts';
import { linksOf } from '#lib/docker-vm/links.ts';
import type { Predicate } from '#lib/triton/types.ts';
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Account, Req } from '#src/context.ts';
import { invalid, notFound } from '#src/errors.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { asDocker } from '#src/vm/triton-errors.ts';

/** What a lookup needs of a request. */
export type LookupRequest = Pick<Req, 'app' | 'account' | 'call'>;

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const GONE = ['destroyed', 'failed'];

/**
 * The VM that `ref` means: whole id, exact name (with or without slash, or parent/alias by a link), then unambiguous id prefix, as
 * dockerd's GetContainer.
 * Throws DockerError notFound `No such container: x`, or invalid for an ambiguous prefix.
 */
export async function findContainer(req: LookupRequest, ref: string): Promise<Vm> {
  if (ref === '') throw invalid('invalid name or ID supplied: ""');
  const vm = isDockerId(ref) ? await byId(req, ref) : await byNameOrPrefix(req, ref);
  if (!vm) throw notFound(`No such container: ${ref}`);
  return vm;
}

/** The VM of a whole docker id, or null. */
export async function findById(req: LookupRequest, id: string): Promise<Vm | null> {
  return byId(req, id);
}

/** Picks the one that `ref` means among candidates; null when none does. Pure. */
export function pickContainer(candidates: Vm[], ref: string): Vm | null {
  const name = ref.replace(/^\//, '');
  const exact = candidates.find((vm) => dockerIdOf(vm) === ref) ?? candidates.find((vm) => vm.alias === name);
  if (exact) return exact;
  if (!/^[0-9a-f]+$/.test(ref)) return null;
  const prefixed = candidates.filter((vm) => dockerIdOf(vm).startsWith(ref));
  if (prefixed.length > 1) throw invalid(`multiple IDs found with provided prefix: ${ref}`);
  return prefixed[0] ?? null;
}

/** Predicate for the containers of an account that exist, with further conditions. */
export function existing(account: Account, ...more: Predicate[]): Predicate {
  return {
    and: [
      { eq: ['docker', true] },
      { eq: ['owner_uuid', account.uuid] },
      ...GONE.map((state): Predicate => ({ ne: ['state', state] })),
      ...more,
    ],
  };
}

async function byId(req: LookupRequest, id: string): Promise<Vm | null> {
  const opts = { owner_uuid: req.account.uuid };
  try {
    const vm = await asDocker(req.app.triton.vmapi.getVm(idToUuid(id), opts, req.call), { ref: id });
    return vm.docker === true && !GONE.includes(vm.state) && dockerIdOf(vm) === id ? vm : null;
  } catch (err) {
    // A 64-digit text may also be somebody's name, but never one that Docker would look up before the id.
    if (hasRestCode(err, 'ResourceNotFound')) return null;
    throw err;
  }
}

async function byNameOrPrefix(req: LookupRequest, ref: string): Promise<Vm | null> {
  const name = ref.replace(/^\//, '');
  if (name.includes('/')) return byLink(req, name);
  // VMAPI reads `*` as a wildcard, so only what can be a name may reach it.
  if (!NAME.test(name)) return null;
  const uuids = idPrefixToUuidPattern(ref);
  const alias: Predicate = { eq: ['alias', name] };
  const match: Predicate = uuids === null ? alias : { or: [alias, { eq: ['uuid', uuids] }] };
  return pickContainer(await listed(req, match), ref);
}

/** By the name that a link gives, 'parent/alias'. */
async function byLink(req: LookupRequest, name: string): Promise<Vm | null> {
  const [parent = '', alias, ...more] = name.split('/');
  if (!NAME.test(parent) || more.length > 0) return null;
  const [vm] = await listed(req, { eq: ['alias', parent] });
  const link = vm && linksOf(vm).find((each) => each.alias === alias);
  if (!link) return null;
  const [linked] = await listed(req, { eq: ['uuid', link.uuid] });
  return linked ?? null;
}

function listed(req: LookupRequest, match: Predicate): Promise<Vm[]> {
  const query = { predicate: existing(req.account, match) };
  return asDocker(req.app.triton.vmapi.listVms(query, req.call), { ref: '' });
}
