// Fluentd's forward protocol, message mode: MessagePack, of which this writes the little that is needed, so that lines stay byte for byte.
import { randomBytes } from 'node:crypto';
import type { LogMessage } from './types.ts';

export interface FluentdIdentity {
  tag: string;
  containerId: string;
  /** With its slash. */
  containerName: string;
  extra: Record<string, string>;
}

/** [tag, time, record, option]. `ack` goes into the option: the receiver sends it back. Pure. */
export function encodeForward(
  message: LogMessage,
  who: FluentdIdentity,
  opts: { subSecond: boolean; ack: string | null },
): Buffer {
  const record: Record<string, string | Buffer> = {
    container_id: who.containerId,
    container_name: who.containerName,
    source: message.stream === 2 ? 'stderr' : 'stdout',
    log: message.line,
    ...who.extra,
  };
  if (message.partial) {
    record.partial_message = 'true';
    record.partial_id = message.partial.id;
    record.partial_ordinal = String(message.partial.ordinal);
    record.partial_last = String(message.partial.last);
  }
  const option: Record<string, string> = opts.ack === null ? {} : { chunk: opts.ack };
  const time = opts.subSecond ? eventTime(message) : integer(message.sec);
  return Buffer.concat([Buffer.from([0x94]), text(who.tag), time, map(record), map(option)]);
}

/** A chunk's name. */
export function newAck(): string {
  return randomBytes(16).toString('base64');
}

/** Takes the acks out of what a receiver sends: maps of one entry. Throws Error on anything else. */
export class AckReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): string[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const acks: string[] = [];
    for (;;) {
      const found = readAck(this.#rest);
      if (!found) return acks;
      acks.push(found.ack);
      this.#rest = this.#rest.subarray(found.length);
    }
  }
}

function readAck(bytes: Buffer): { ack: string; length: number } | null {
  if (bytes.length === 0) return null;
  if (bytes[0] !== 0x81) throw new Error('the receiver answered with something other than an ack');
  const key = readText(bytes, 1);
  const value = key && readText(bytes, key.end);
  if (!key || !value) return null;
  if (key.text !== 'ack') throw new Error(`the receiver answered with ${JSON.stringify(key.text)}`);
  return { ack: value.text, length: value.end };
}

/** A string (fixstr, str 8, 16) or the like as binary; null when it is not all there. */
function readText(bytes: Buffer, at: number): { text: string; end: number } | null {
  const type = bytes[at];
  if (type === undefined) return null;
  const wide = type === 0xda || type === 0xc5 ? 2 : type === 0xd9 || type === 0xc4 ? 1 : 0;
  if (wide === 0 && (type & 0xe0) !== 0xa0)
    throw new Error('the receiver answered with something other than an ack');
  if (bytes.length < at + 1 + wide) return null;
  const length = wide === 0 ? type & 0x1f : bytes.readUIntBE(at + 1, wide);
  const begin = at + 1 + wide;
  const end = begin + length;
  return bytes.length < end ? null : { text: bytes.toString('utf8', begin, end), end };
}

function map(entries: Record<string, string | Buffer>): Buffer {
  const list = Object.entries(entries);
  const head = Buffer.alloc(list.length < 16 ? 1 : 3);
  if (list.length < 16) head[0] = 0x80 | list.length;
  else {
    head[0] = 0xde;
    head.writeUInt16BE(list.length, 1);
  }
  return Buffer.concat([head, ...list.flatMap(([key, value]) => [text(key), text(value)])]);
}

function text(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const { length } = bytes;
  if (length < 32) return Buffer.concat([Buffer.from([0xa0 | length]), bytes]);
  if (length < 0x100) return Buffer.concat([Buffer.from([0xd9, length]), bytes]);
  const wide = length < 0x10000 ? 2 : 4;
  const head = Buffer.alloc(1 + wide);
  head[0] = wide === 2 ? 0xda : 0xdb;
  head.writeUIntBE(length, 1, wide);
  return Buffer.concat([head, bytes]);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = 0xce;
  bytes.writeUInt32BE(value >>> 0, 1);
  return bytes;
}

/** Extension 0 of 8 bytes: seconds and nanoseconds. */
function eventTime({ sec, nsec }: LogMessage): Buffer {
  const bytes = Buffer.alloc(10);
  bytes[0] = 0xd7;
  bytes.writeUInt32BE(sec >>> 0, 2);
  bytes.writeUInt32BE(nsec, 6);
  return bytes;
}
