// Keeps each Docker event in the store and hands it to those who listen, with times that never run backwards.
import type Logger from 'bunyan';
import type { Store } from '#lib/store/types.ts';
import { fromStored, toJson } from './event-json.ts';
import { Listeners } from './listeners.ts';
import type { DockerEvent } from './types.ts';

export type NewEvent = Pick<DockerEvent, 'account' | 'Type' | 'Action' | 'Actor'>;

export class EventLog {
  readonly #store: Store;
  readonly #listeners: Listeners<DockerEvent>;
  #lastNano = 0n;
  /** Accounts whose kept events have been looked at for times ahead of the clock. */
  readonly #caughtUp = new Set<string>();

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#listeners = new Listeners(log);
  }

  /** Durable when it returns; the listeners have been called by then. */
  record({ account, Type, Action, Actor }: NewEvent): void {
    const timeNano = this.#nextTime(account);
    const time = Number(timeNano / 1_000_000_000n);
    const event: DockerEvent = { account, Type, Action, Actor, scope: 'local', time, timeNano };
    this.#store.events.add({ owner_uuid: account, time_nano: timeNano, json: toJson(event) });
    this.#listeners.tell(account, event);
  }

  listen(account: string, listener: (event: DockerEvent) => void): () => void {
    return this.#listeners.add(account, listener);
  }

  replay(account: string, since: bigint | null, until: bigint | null): DockerEvent[] {
    return this.#store.events.list(account, since, until).map(fromStored);
  }

  #nextTime(account: string): bigint {
    const now = BigInt(Date.now()) * 1_000_000n;
    if (!this.#caughtUp.has(account)) {
      // The clock may have been set back while this daemon was down.
      const ahead = this.#store.events.list(account, now, null).at(-1)?.time_nano ?? 0n;
      if (ahead > this.#lastNano) this.#lastNano = ahead;
      this.#caughtUp.add(account);
    }
    this.#lastNano = now > this.#lastNano ? now : this.#lastNano + 1n;
    return this.#lastNano;
  }
}
