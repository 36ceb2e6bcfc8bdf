// What a server's agent can do beyond Triton's own: asked of CNAPI once a minute at most.
import type { Server } from '#lib/wire/types.ts';
import type { CallContext } from './types.ts';

/** An upgraded agent is noticed this soon. ms */
const FRESH = 60_000;

type Ask = (serverUuid: string, ctx: CallContext) => Promise<ReadonlySet<string>>;

/** Remembers per server; a failure is not remembered. */
export function rememberCapabilities(
  getServer: (uuid: string, ctx: CallContext) => Promise<Server>,
  now: () => number = () => performance.now(),
): Ask {
  const known = new Map<string, { at: number; words: ReadonlySet<string> }>();
  return async (serverUuid, ctx) => {
    const entry = known.get(serverUuid);
    if (entry !== undefined && now() - entry.at < FRESH) return entry.words;
    const words = wordsOf(await getServer(serverUuid, ctx));
    known.set(serverUuid, { at: now(), words });
    return words;
  };
}

/** The words of every server that runs, remembered together; a failure is not remembered. */
export function rememberAnyCapabilities(
  listServers: (ctx: CallContext) => Promise<Server[]>,
  now: () => number = () => performance.now(),
): (ctx: CallContext) => Promise<ReadonlySet<string>> {
  let known: { at: number; words: ReadonlySet<string> } | null = null;
  return async (ctx) => {
    if (known !== null && now() - known.at < FRESH) return known.words;
    const running = (await listServers(ctx)).filter((server) => server.status === 'running');
    const words = new Set(running.flatMap((server) => [...wordsOf(server)]));
    known = { at: now(), words };
    return words;
  };
}

/** None for a real one. Pure. */
export function wordsOf(server: Pick<Server, 'sysinfo'>): ReadonlySet<string> {
  const words = (server.sysinfo as Record<string, unknown> | undefined)?.['Docker Capabilities'];
  return new Set(Array.isArray(words) ? words.map(String) : []);
}
