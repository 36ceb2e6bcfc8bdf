// Which free address is next: round and round the provision range, so that a freed one rests until the others had their turn.

export class AddressPool {
  readonly #start: number;
  readonly #end: number;
  readonly #isTaken: (ip: number) => boolean;
  #next: number;

  /** `next` may lie outside of the range: the search then begins at its start. */
  constructor(range: { start: number; end: number }, next: number, isTaken: (ip: number) => boolean) {
    this.#start = range.start;
    this.#end = range.end;
    this.#isTaken = isTaken;
    this.#next = next >= range.start && next <= range.end ? next : range.start;
  }

  /** Where the next search begins: to be stored. */
  get next(): number {
    return this.#next;
  }

  /** A free address, null when there is none. The caller marks it as taken. */
  take(): number | null {
    const size = this.#end - this.#start + 1;
    for (let tried = 0; tried < size; tried++) {
      const ip = this.#next;
      this.#step();
      if (!this.#isTaken(ip)) return ip;
    }
    return null;
  }

  /** An address became free: one that was asked for by name may lie right where the search is, and must rest as well. */
  freed(ip: number): void {
    if (ip === this.#next) this.#step();
  }

  #step(): void {
    this.#next = this.#next >= this.#end ? this.#start : this.#next + 1;
  }
}
