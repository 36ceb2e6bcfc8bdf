// The syslog driver: one syslog message for each line, to a server or the machine's own.
import { statSync } from 'node:fs';
import type { SyslogOptions } from '#lib/docker-vm/log/syslog-options.ts';
import { StreamConnection } from './stream-connection.ts';
import { SyslogFormatter, type SyslogIdentity } from './syslog-format.ts';
import { defaultRetryWait, type LogDriver, type LogMessage } from './types.ts';
import { UdpConnection } from './udp-connection.ts';
import { UnixDatagram } from './unix-datagram.ts';

/** Where a machine's own syslog listens. */
const LOCAL_PATHS = ['/dev/log', '/var/run/syslog', '/var/run/log'];

type Connection = StreamConnection | UdpConnection | UnixDatagram;

export class SyslogDriver implements LogDriver {
  readonly confirms = false;
  readonly connectsAtStart = true;
  readonly retryWait = defaultRetryWait;
  onLost: (() => void) | null = null;
  readonly #options: SyslogOptions;
  readonly #formatter: SyslogFormatter;
  #connection: Connection | null = null;

  constructor(options: SyslogOptions, who: SyslogIdentity) {
    this.#options = options;
    this.#formatter = new SyslogFormatter(options, who);
  }

  async connect(): Promise<void> {
    this.close();
    const connection = await this.#open();
    connection.onLost = () => this.onLost?.();
    this.#connection = connection;
  }

  async send(messages: readonly LogMessage[]): Promise<void> {
    const connection = this.#connection;
    if (!connection) throw new Error('not connected');
    // dockerd's driver leaves out empty lines.
    const texts = messages
      .filter(({ line }) => line.length > 0)
      .map((message) => this.#formatter.encode(message));
    if (texts.length === 0) return;
    if (connection instanceof StreamConnection) await connection.write(Buffer.concat(texts));
    else await connection.write(texts);
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  async #open(): Promise<Connection> {
    const { address, tls } = this.#options;
    if (address.protocol === 'local') return openLocal();
    if ('path' in address) {
      const { path } = address;
      if (!statSync(path, { throwIfNoEntry: false }))
        throw new Error(`stat ${path}: no such file or directory`);
      return address.protocol === 'unixgram'
        ? UnixDatagram.open(path)
        : StreamConnection.open({ network: 'unix', path });
    }
    const { protocol, host, port } = address;
    if (protocol === 'udp') return UdpConnection.open({ network: 'udp', host, port });
    return StreamConnection.open({ network: 'tcp', host, port, tls: protocol === 'tcp+tls' ? tls : null });
  }
}

async function openLocal(): Promise<Connection> {
  const present = LOCAL_PATHS.filter((path) => statSync(path, { throwIfNoEntry: false }));
  for (const path of present) {
    const connection = await UnixDatagram.open(path).catch(() => null);
    if (connection) return connection;
  }
  for (const path of present) {
    const connection = await StreamConnection.open({ network: 'unix', path }).catch(() => null);
    if (connection) return connection;
  }
  throw new Error('Unix syslog delivery error');
}
