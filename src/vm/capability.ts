// Whether the compute node of a container can do what a real one cannot.
import type { CallContext, CnapiClient } from '#lib/triton/types.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { notImplemented } from '#src/errors.ts';
import { dockerIdOf } from './metadata.ts';
import { serverOf } from './open-stream.ts';
import { asDocker } from './triton-errors.ts';

type Asking = Pick<Req, 'app' | 'call'>;
/** What says which words servers have. */
export type Servers = Pick<CnapiClient, 'listServers' | 'capabilities'>;

/** `word` is one of lib/cn-agent's DOCKER_CAPABILITIES. Throws DockerError when CNAPI does not answer. */
export async function hasCapability(req: Asking, vm: Vm, word: string): Promise<boolean> {
  const words = req.app.triton.cnapi.capabilities(serverOf(vm), req.call);
  return (await asDocker(words, { ref: dockerIdOf(vm) })).has(word);
}

/** Throws DockerError notImplemented with that text. */
export async function requireCapability(req: Asking, vm: Vm, word: string, refusal: string): Promise<void> {
  if (!(await hasCapability(req, vm, word))) throw notImplemented(refusal);
}

/** The words that every server has: which one a container will be on is the datacenter's choice. Throws TritonError of CNAPI. */
export async function commonCapabilities(cnapi: Servers, call: CallContext): Promise<ReadonlySet<string>> {
  const servers = await cnapi.listServers(call);
  const [first, ...others] = await Promise.all(servers.map(({ uuid }) => cnapi.capabilities(uuid, call)));
  return new Set([...(first ?? [])].filter((word) => others.every((known) => known.has(word))));
}

/** One of those. Throws DockerError notImplemented with that text; TritonError of CNAPI. */
export async function requireCommon(
  cnapi: Servers,
  word: string,
  refusal: string,
  call: CallContext,
): Promise<void> {
  if (!(await commonCapabilities(cnapi, call)).has(word)) throw notImplemented(refusal);
}
