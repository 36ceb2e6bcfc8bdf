// The datacenter's servers as CNAPI tells them, remembered for a few seconds, and never waited for long.
import type { CnapiClient } from '#lib/triton/types.ts';
import type { Server } from '#lib/wire/types.ts';
import type { Req } from '#src/context.ts';

export interface ServerList {
  servers: Server[];
  /** CNAPI did not answer: what it said last, or nothing. */
  stale: boolean;
}

/** Answers are good for this long, and silence too: a CNAPI that hangs is waited for only so often. ms */
const FRESH = 5000;
/** Clients give up after a few seconds. ms */
const PATIENCE = 1500;

interface Entry {
  at: number;
  answer: Promise<ServerList>;
}

export class ServerLists {
  // By client, so that two daemons in one process do not see each other's servers.
  readonly #of = new WeakMap<CnapiClient, Entry>();

  /** Never rejects. */
  get(req: Pick<Req, 'app' | 'call' | 'log'>): Promise<ServerList> {
    const { cnapi } = req.app.triton;
    const known = this.#of.get(cnapi);
    if (known !== undefined && performance.now() - known.at < FRESH) return known.answer;
    const entry = { at: performance.now(), answer: ask(req, known?.answer) };
    this.#of.set(cnapi, entry);
    // A refusal that came at once costs nothing to ask for again.
    void entry.answer.then(({ stale }) => {
      if (stale && performance.now() - entry.at < PATIENCE / 2) entry.at = Number.NEGATIVE_INFINITY;
    });
    return entry.answer;
  }
}

/** Shared by every request that comes meanwhile, so that none may abort it. */
async function ask(
  req: Pick<Req, 'app' | 'call' | 'log'>,
  before: Promise<ServerList> | undefined,
): Promise<ServerList> {
  const call = { reqId: req.call.reqId, signal: AbortSignal.timeout(PATIENCE) };
  try {
    return { servers: await req.app.triton.cnapi.listServers(call), stale: false };
  } catch (err) {
    req.log.warn({ err }, 'CNAPI did not tell its servers');
    return { servers: (await before)?.servers ?? [], stale: true };
  }
}
