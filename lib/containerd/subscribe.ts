// containerd's event stream, kept up over its restarts.
import { setTimeout as delay } from 'node:timers/promises';
import type Logger from 'bunyan';
import type { Channel, Message } from './channel.ts';
import { hasCode } from './errors.ts';
import type { Any, Protos } from './protos.ts';
import type { ContainerdEvent } from './types.ts';

/** containerd itself decides when it answers again; this only keeps a broken answer from becoming a busy loop. */
const PAUSE_MS = 100;

/**
 * Events whose topic is in `topics` (all when empty), of this namespace. After a break it subscribes again and calls onReconnect: events of
 * the meantime are lost, so the caller looks at the state itself. close() ends it.
 */
export function subscribeEvents(opts: {
  channel: Channel;
  namespace: string;
  topics: string[];
  log: Logger;
  onEvent: (event: ContainerdEvent) => void;
  onReconnect: () => void;
}): { close(): void } {
  const closing = new AbortController();
  follow(opts, closing.signal).catch((err: unknown) => {
    if (!closing.signal.aborted) opts.log.error({ err }, 'the containerd event stream ended for good');
  });
  return { close: () => closing.abort() };
}

async function follow(opts: Parameters<typeof subscribeEvents>[0], signal: AbortSignal): Promise<void> {
  const { channel, namespace, topics, log } = opts;
  const filters = eventFilters(namespace, topics);
  for (let first = true; !signal.aborted; first = false) {
    try {
      if (!first) {
        await delay(PAUSE_MS, undefined, { signal });
        await channel.connected(10_000);
        // The state that onReconnect reads is at least as new as this connection, and the stream below starts on it.
        queueMicrotask(opts.onReconnect);
      }
      for await (const envelope of channel.stream('events', 'Subscribe', { filters }, signal))
        opts.onEvent(toEvent(channel.protos, envelope));
    } catch (err) {
      if (signal.aborted) return;
      if (!hasCode(err, 'UNAVAILABLE'))
        log.warn({ err }, 'containerd event stream failed, subscribing again');
    }
  }
}

/** containerd's filter language: alternatives are separate entries, a comma is "and". */
export function eventFilters(namespace: string, topics: string[]): string[] {
  const inNamespace = `namespace==${JSON.stringify(namespace)}`;
  if (topics.length === 0) return [inNamespace];
  return topics.map((topic) => `${inNamespace},topic==${JSON.stringify(topic)}`);
}

/** An envelope with its event decoded; a type that we have no proto of gives an empty event. */
export function toEvent(protos: Protos, envelope: Message): ContainerdEvent {
  const any = envelope.event as Any | null;
  const codec = any === null ? null : protos.codec(any.type_url.replace(/^.*\//, ''));
  return {
    topic: String(envelope.topic),
    event: any === null || codec === null ? {} : codec.decode(any.value),
  };
}
