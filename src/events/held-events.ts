// Events of a container whose creation, or the run they are of, the changefeed has not told yet (`attach` of docker run, an exec): they
// wait, so that create and start are first.

/** Longer than a real VMAPI's changefeed lags behind its replies. ms */
const PATIENCE = 5000;

/** How much has been told of a container: nothing, its creation, the beginning (ms) of a run, its end. */
export const NOTHING = -1;
export const CREATED = 0;
export const GONE = Number.POSITIVE_INFINITY;

interface Held {
  /** When the run began that it is of (ms); CREATED for none. */
  run: number;
  tell: () => void;
}

interface Waiting {
  held: Held[];
  timer: NodeJS.Timeout;
}

export class HeldEvents {
  readonly #of = new Map<string, Waiting>();

  /** `tell` is called at the release, or when patience is over. */
  hold(vmUuid: string, held: Held): void {
    const waiting = this.#of.get(vmUuid) ?? {
      held: [],
      timer: setTimeout(() => this.release(vmUuid, GONE), PATIENCE).unref(),
    };
    waiting.held.push(held);
    this.#of.set(vmUuid, waiting);
  }

  /** Tells, in order, what waited for no more than this. */
  release(vmUuid: string, told: number): void {
    const waiting = this.#of.get(vmUuid);
    if (waiting === undefined) return;
    const due = waiting.held.filter(({ run }) => run <= told);
    waiting.held = waiting.held.filter(({ run }) => run > told);
    if (waiting.held.length === 0) {
      this.#of.delete(vmUuid);
      clearTimeout(waiting.timer);
    }
    for (const { tell } of due) tell();
  }

  /** Releases those of every VM, by what has been told of it. */
  releaseAll(toldOf: (vmUuid: string) => number): void {
    for (const vmUuid of [...this.#of.keys()]) this.release(vmUuid, toldOf(vmUuid));
  }
}
