// The events around a stop or restart: kill with the stop signal at once, kill 9 when time is up; the hub adds the rest.
import type { Vm } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';
import { containerAttributes, emitContainerEvent } from '#src/vm/event-attributes.ts';
import { configOf } from '#src/vm/metadata.ts';
import { statusOf } from '#src/vm/state.ts';
import { parseSignal, SIGNALS } from './signals.ts';
import type { StopOptions } from './stop-options.ts';

const DEFAULT_TIMEOUT_S = 10;

/** Begins the operation; call the returned function when VMAPI has answered. */
export function announceStop(req: Req, vm: Vm, options: StopOptions, kind: 'stop' | 'restart'): () => void {
  const over = req.app.events.operation(vm.uuid, { kind, attributes: containerAttributes(vm) });
  if (!['running', 'paused'].includes(statusOf(vm))) return over;
  emitContainerEvent(req, vm, 'kill', { signal: String(stopSignal(vm, options)) });
  const seconds = options.timeout ?? configOf(vm).StopTimeout ?? DEFAULT_TIMEOUT_S;
  // Only the agent sees that it has to use force, but it does so exactly when the time is up.
  const timer =
    seconds < 0
      ? null
      : setTimeout(
          () => emitContainerEvent(req, vm, 'kill', { signal: '9' }),
          Math.min(seconds * 1000, 2 ** 31 - 1),
        );
  return () => {
    if (timer) clearTimeout(timer);
    over();
  };
}

function stopSignal(vm: Vm, options: StopOptions): number {
  const own = options.signal ?? configOf(vm).StopSignal;
  return own ? parseSignal(own) : SIGNALS.TERM!;
}
