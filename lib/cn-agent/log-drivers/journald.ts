// The journald driver: systemd's journal by its native protocol.
import { randomBytes } from 'node:crypto';
import { formatStamp } from '#lib/cn-agent/stdio/wall-clock.ts';
import { type LogInfo, shortId } from '#lib/docker-vm/log/info.ts';
import { defaultRetryWait, type LogDriver, type LogMessage } from './types.ts';
import { UnixDatagram } from './unix-datagram.ts';

const SOCKET = '/run/systemd/journal/socket';
const ERROR = '3';
const INFO = '6';

export class JournaldDriver implements LogDriver {
  readonly confirms = false;
  readonly connectsAtStart = true;
  readonly retryWait = defaultRetryWait;
  onLost: (() => void) | null = null;
  readonly #fields: Record<string, string>;
  readonly #path: string;
  #ordinal = 0;
  #connection: UnixDatagram | null = null;

  /** `path`: the journal's socket. */
  constructor(fields: Record<string, string>, path = SOCKET) {
    this.#fields = { ...fields, CONTAINER_LOG_EPOCH: randomBytes(32).toString('hex') };
    this.#path = path;
  }

  async connect(): Promise<void> {
    this.close();
    try {
      this.#connection = await UnixDatagram.open(this.#path);
    } catch (err) {
      throw new Error('journald is not enabled on this host', { cause: err });
    }
    this.#connection.onLost = () => this.onLost?.();
  }

  async send(messages: readonly LogMessage[]): Promise<void> {
    if (!this.#connection) throw new Error('not connected');
    await this.#connection.write(messages.map((message) => this.#encode(message)));
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  #encode(message: LogMessage): Buffer {
    const { stream, line, partial, sec, nsec } = message;
    this.#ordinal += 1;
    const fields: Record<string, string | Buffer> = {
      PRIORITY: stream === 2 ? ERROR : INFO,
      MESSAGE: line,
      ...this.#fields,
      SYSLOG_TIMESTAMP: formatStamp({ sec, nsec }).replace(/\.?0*Z$/, 'Z'),
      CONTAINER_LOG_ORDINAL: String(this.#ordinal),
    };
    if (partial) {
      fields.CONTAINER_PARTIAL_ID = partial.id;
      fields.CONTAINER_PARTIAL_ORDINAL = String(partial.ordinal);
      fields.CONTAINER_PARTIAL_LAST = String(partial.last);
      if (!partial.last) fields.CONTAINER_PARTIAL_MESSAGE = 'true';
    }
    return Buffer.concat(Object.entries(fields).map(([name, value]) => encodeField(name, value)));
  }
}

/** The fields of every message of a container. */
export function journalFields(
  info: LogInfo,
  tag: string,
  extra: Record<string, string>,
): Record<string, string> {
  return {
    CONTAINER_ID: shortId(info.ContainerID),
    CONTAINER_ID_FULL: info.ContainerID,
    CONTAINER_NAME: info.ContainerName.replace(/^\//, ''),
    CONTAINER_TAG: tag,
    IMAGE_NAME: info.ContainerImageName,
    SYSLOG_IDENTIFIER: tag,
    ...extra,
  };
}

/** A name that the journal takes: capitals, digits and underscores, none in front. */
export function journalName(name: string): string {
  return name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .replace(/^_+/, '');
}

/** NAME=value, or with its length when the value could be taken for more. */
function encodeField(name: string, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  if (!bytes.includes(10)) return Buffer.concat([Buffer.from(`${name}=`), bytes, Buffer.from('\n')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
}
