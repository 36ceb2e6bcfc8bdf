// SystemEvents: GET /events.
import { isComposeV1 } from '#src/api/compose-v1.ts';
import { parseFilters } from '#src/api/filters.ts';
import type { Reply, Req } from '#src/context.ts';
import { eventTest } from './event-filter.ts';
import { toVersionJson } from './event-json.ts';
import { EventStream } from './event-stream.ts';
import { eventsContentType, framed } from './event-type.ts';
import { parseWindow } from './event-window.ts';
import type { DockerEvent } from './types.ts';

const TIMER_MAX = 2 ** 31 - 1;
/** id, status and from went with 1.52. */
const COMPOSE_V1_READS = 51;

/**
 * The account's kept events between since and until, when one of them is given, then live ones until `until`, for ever without it.
 * The headers go out at once: clients start their work when they have them.
 */
export async function systemEvents(req: Req): Promise<Reply> {
  const { app, account, res, version } = req;
  const window = parseWindow(req.query);
  const test = eventTest(parseFilters(req.query.filters, null));
  const isWanted = (event: DockerEvent): boolean => isOfVersion(event, version) && test(event);
  const reads = isComposeV1(req) ? Math.min(version, COMPOSE_V1_READS) : version;
  const contentType = eventsContentType(version, req.headers.accept);
  const piece = (event: DockerEvent): string => framed(toVersionJson(event, reads), contentType);
  res.writeHead(200, { 'Content-Type': contentType });
  res.flushHeaders();

  const stream = new EventStream(res);
  const onGone = (): void => stream.abandon();
  req.call.signal?.addEventListener('abort', onGone, { once: true });
  if (req.call.signal?.aborted) onGone();
  // Both without a pause in between: no event is missed and none comes twice.
  const stopListening = app.events.listen(account.uuid, (event) => {
    if (isWanted(event)) stream.push(piece(event));
  });
  const past = window.since === null && window.until === null ? [] : replayed(req, window);
  const stopTimer = finishAt(window.until, stream);
  try {
    await stream.run(past.filter(isWanted).values().map(piece));
  } finally {
    stopListening();
    stopTimer();
    req.call.signal?.removeEventListener('abort', onGone);
  }
  return 'handled';
}

function replayed(req: Req, { since, until }: { since: bigint | null; until: bigint | null }): DockerEvent[] {
  return req.app.events.replay(req.account.uuid, since, until);
}

/** Image create events are news of API 1.46. */
function isOfVersion(event: DockerEvent, version: number): boolean {
  return version >= 46 || event.Type !== 'image' || event.Action !== 'create';
}

/** Ends the stream at that time, at once when it is past. Returns the function that stops the clock. */
function finishAt(until: bigint | null, stream: EventStream): () => void {
  let timer: NodeJS.Timeout | undefined;
  const check = (): void => {
    if (until === null) return;
    const ms = Number(until / 1_000_000n) - Date.now();
    if (ms <= 0) stream.finish();
    else timer = setTimeout(check, Math.min(ms, TIMER_MAX));
  };
  check();
  return () => clearTimeout(timer);
}
