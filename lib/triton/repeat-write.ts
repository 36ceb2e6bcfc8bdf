// A write whose connection broke before the answer: looks whether it was done, and sends it again only when it was not.
import { setTimeout as delay } from 'node:timers/promises';
import { hasRestCode } from '#lib/wire/errors.ts';
import { OUTCOME_UNKNOWN } from './call.ts';

/** A service that dies of this very request is not asked for ever. */
const BREAKS = 5;
/** Until the other kept connections to a service that died are known to be dead, and none of them is taken for the next try. ms */
const PAUSE_MS = 50;

export interface Write<T> {
  send(): Promise<T>;
  /** After a break: the answer if it was done, null if it was not and may be sent again. Throws when neither can be said. */
  wasDone?(): Promise<T | null>;
  /** restCodes of a refusal that, after a break, mean that it was done the first time. */
  doneMeans?: readonly string[];
  /** What `doneMeans` answers. */
  answer?: T;
}

/** Throws what `send` throws; OutcomeUnknown only when it broke again and again. */
export async function settle<T>(write: Write<T>): Promise<T> {
  for (let breaks = 0; ; breaks++) {
    try {
      return await write.send();
    } catch (err) {
      if (breaks > 0 && write.answer !== undefined && write.doneMeans?.some((code) => hasRestCode(err, code)))
        return write.answer;
      if (!hasRestCode(err, OUTCOME_UNKNOWN) || breaks >= BREAKS) throw err;
    }
    await delay(PAUSE_MS);
    const done = (await write.wasDone?.()) ?? null;
    if (done !== null) return done;
  }
}
