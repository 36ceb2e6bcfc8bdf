// Forgets the execs of containers that are gone, whoever removed them.
import type { Store } from '#lib/store/types.ts';
import type { EventHub } from '#src/events/hub.ts';

/** Listens from now on; returns the function that ends it. Call it before the changefeed connects. */
export function forgetExecsOfGone(events: EventHub, execs: Store['execs']): () => void {
  return events.onEveryVm(({ vm, kind }) => {
    if (kind === 'destroyed') execs.deleteOfContainer(vm.uuid);
  });
}
