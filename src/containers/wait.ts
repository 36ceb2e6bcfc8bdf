// ContainerWait: POST /containers/:id/wait.
import { idToUuid, isDockerId } from '#lib/docker-vm/ids.ts';
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { invalid } from '#src/errors.ts';
import type { VmTransition } from '#src/events/hub.ts';
import { text } from '#src/vm/metadata.ts';
import { exitCodeOf, isRunning, startedAt } from '#src/vm/state.ts';
import { findContainer } from './lookup.ts';

const CONDITIONS = ['not-running', 'next-exit', 'removed'] as const;
type Condition = (typeof CONDITIONS)[number];

interface WaitResult {
  StatusCode: number;
  Error?: { Message: string };
}

/**
 * Answers when the condition is met. From API 1.30 on the headers go out at once: `docker run` starts the container only when it
 * has them. Listening begins before the state is read, so that no exit falls between the two.
 */
export async function containerWait(req: Req): Promise<Reply> {
  const condition = parseCondition(req);
  const ref = req.params.id!;
  // A whole id holds the uuid; for a name the VM is read once more after listening began.
  const uuid = isDockerId(ref) ? idToUuid(ref) : (await findContainer(req, ref)).uuid;
  const watch = new Watch(condition);
  const unsubscribe = req.app.events.onVm(uuid, (transition) => watch.see(transition));
  try {
    watch.begin(await findContainer(req, ref));
    if (req.version < 30) return { status: 200, body: await Promise.race([watch.result, gone(req)]) };
    req.res.writeHead(200, { 'Content-Type': 'application/json' });
    req.res.flushHeaders();
    const result = await Promise.race([watch.result, gone(req)]);
    if (result !== null) req.res.end(`${JSON.stringify(result)}\n`);
    return 'handled';
  } finally {
    unsubscribe();
  }
}

/** Decides, from the VM as it was read and the transitions before and after, when the wait is over. */
export class Watch {
  readonly result: Promise<WaitResult>;
  readonly #resolve: (result: WaitResult) => void;
  readonly #condition: Condition;
  #early: VmTransition[] | null = [];
  /** null until one was told. */
  #lastCode: number | null = null;
  /** Exits up to here are older than the request. */
  #exitBefore = '';
  #startBefore = '';

  constructor(condition: Condition) {
    this.#condition = condition;
    const { promise, resolve } = Promise.withResolvers<WaitResult>();
    this.result = promise;
    this.#resolve = resolve;
  }

  /** The state as read after listening began. */
  begin(vm: Vm): void {
    if (vm.exit_status !== undefined) this.#lastCode = exitCodeOf(vm);
    this.#exitBefore = vm.exit_timestamp ?? '';
    this.#startBefore = startedAt(vm) ?? '';
    if (this.#condition === 'not-running' && !isRunning(vm)) this.#resolve(withError(vm));
    const early = this.#early ?? [];
    this.#early = null;
    for (const transition of early) this.see(transition);
  }

  see(transition: VmTransition): void {
    if (this.#early !== null) {
      this.#early.push(transition);
      return;
    }
    const { vm, kind } = transition;
    if (vm.exit_status !== undefined) this.#lastCode = exitCodeOf(vm);
    if (kind === 'destroyed') this.#resolve({ StatusCode: this.#lastCode ?? exitCodeOf(vm) });
    else if (kind === 'exit' && this.#condition !== 'removed' && !this.#isOld(vm))
      this.#resolve(withError(vm));
  }

  /** The changefeed may tell late of an exit that the VM, as it was read, already showed. */
  #isOld(vm: Vm): boolean {
    const exit = Date.parse(vm.exit_timestamp ?? '');
    if (Number.isNaN(exit)) return false;
    return exit <= Date.parse(this.#exitBefore) || exit < Date.parse(this.#startBefore);
  }
}

function withError(vm: Vm): WaitResult {
  const message = text(vm.internal_metadata[MD.error]);
  return { StatusCode: exitCodeOf(vm), ...(message === '' ? {} : { Error: { Message: message } }) };
}

function parseCondition(req: Req): Condition {
  const value = req.query.condition;
  if (req.version < 30 || value === undefined || value === '') return 'not-running';
  const condition = CONDITIONS.find((known) => known === value);
  if (condition === undefined) throw invalid(`invalid condition: ${JSON.stringify(value)}`);
  return condition;
}

/** Resolves with null when the client has gone. */
function gone(req: Req): Promise<null> {
  return new Promise((resolve) => {
    if (req.call.signal?.aborted) resolve(null);
    req.call.signal?.addEventListener('abort', () => resolve(null), { once: true });
    req.res.once('close', () => resolve(null));
  });
}
