// Keeps the agent's sysinfo for a while: finding it out runs programs, and `docker info` asks for it each time.

/** Long enough to cost nothing, short enough to notice an upgraded runc or containerd without a restart. */
const MAX_AGE_MS = 10 * 60_000;

export type Sysinfo = Record<string, unknown>;
export type SysinfoCache = () => Promise<Sysinfo>;

/** Asks once for all who wait; a failure is not kept. */
export function createSysinfoCache(ask: () => Promise<Sysinfo>, now: () => number = Date.now): SysinfoCache {
  let kept: { at: number; answer: Promise<Sysinfo> } | null = null;
  return () => {
    if (kept === null || now() - kept.at > MAX_AGE_MS) {
      const fresh = { at: now(), answer: ask() };
      fresh.answer.catch(() => {
        if (kept === fresh) kept = null;
      });
      kept = fresh;
    }
    return kept.answer;
  };
}
