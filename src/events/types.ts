// Docker's event message, newest shape; the edge adds the old top-level fields (status, id, from) below API 1.52.

/** actor type of an event */
export type EventType = 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder' | 'plugin';

/** An event as kept: newest Docker shape plus the account it belongs to (never sent). */
export interface DockerEvent {
  account: string;
  Type: EventType;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: 'local';
  /** seconds */
  time: number;
  /** nanoseconds; strictly increasing within the daemon */
  timeNano: bigint;
}
