// Events of a container whose creation the changefeed has not told yet (`attach` of docker run): they wait, so that create is first.

/** Longer than a real VMAPI's changefeed lags behind its replies. ms */
const PATIENCE = 5000;

interface Waiting {
  tell: (() => void)[];
  timer: NodeJS.Timeout;
}

export class HeldEvents {
  readonly #of = new Map<string, Waiting>();

  /** `tell` is called at the release, or when patience is over. */
  hold(vmUuid: string, tell: () => void): void {
    const waiting = this.#of.get(vmUuid) ?? {
      tell: [],
      timer: setTimeout(() => this.release(vmUuid), PATIENCE).unref(),
    };
    waiting.tell.push(tell);
    this.#of.set(vmUuid, waiting);
  }

  /** Tells what waits, in order. */
  release(vmUuid: string): void {
    const waiting = this.#of.get(vmUuid);
    if (waiting === undefined) return;
    this.#of.delete(vmUuid);
    clearTimeout(waiting.timer);
    for (const tell of waiting.tell) tell();
  }

  /** Releases those of every VM for which `isTold` says yes. */
  releaseWhere(isTold: (vmUuid: string) => boolean): void {
    for (const vmUuid of [...this.#of.keys()]) if (isTold(vmUuid)) this.release(vmUuid);
  }
}
