// What a log driver gets and does: it hands messages to a receiver outside; reading, position and retries are the sender's.

/** One line, or a piece of a line over 16 KiB. */
export interface LogMessage {
  /** 1 stdout, 2 stderr */
  stream: 1 | 2;
  sec: number;
  nsec: number;
  /** Without its LF. Valid only until the next batch is asked for. */
  line: Buffer;
  /** Where the piece belongs when the line is in several. */
  partial: { id: string; ordinal: number; last: boolean } | null;
}

//   new ── connect() ── connected ── send()… ── close()
//                ▲           │ lost (onLost is called) or send() rejects
//                └───────────┘
export interface LogDriver {
  /** The receiver says what it has: what was sent before is never sent again. Without it the last seconds are, after a break. */
  readonly confirms: boolean;
  /** A receiver that cannot be reached fails the start of the container. */
  readonly connectsAtStart: boolean;
  /** Least wait (ms) before the n-th attempt in a row to connect again. */
  retryWait(attempt: number): number;
  /** Throws Error in dockerd's words. Replaces a connection that stands. */
  connect(): Promise<void>;
  /** Resolves when the bytes are out of our hands (`confirms`: received); rejects when the connection is lost. */
  send(messages: readonly LogMessage[]): Promise<void>;
  /** Called when the connection breaks while nothing is being sent. */
  onLost: (() => void) | null;
  close(): void;
}

/** Doubles from a second to half a minute. */
export function defaultRetryWait(attempt: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(attempt, 10));
}
