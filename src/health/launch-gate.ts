// Lets only so many probes start at a time on one compute node: the start of a process is what costs, not its run.

interface Node {
  starting: number;
  waiting: (() => void)[];
}

export class LaunchGate {
  readonly #limit: number;
  readonly #nodes = new Map<string, Node>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when it is this one's turn, first come first served. Call the returned function, once, when the start is over. */
  async enter(server: string): Promise<() => void> {
    const node = this.#nodes.get(server) ?? { starting: 0, waiting: [] };
    this.#nodes.set(server, node);
    if (node.starting >= this.#limit) await new Promise<void>((resolve) => node.waiting.push(resolve));
    else node.starting += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave(server, node);
    };
  }

  #leave(server: string, node: Node): void {
    // The place goes to the next one as it is.
    const next = node.waiting.shift();
    if (next) next();
    else if (--node.starting === 0) this.#nodes.delete(server);
  }
}
