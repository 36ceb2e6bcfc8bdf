// Syslog messages in the four forms that dockerd writes.
import type { SyslogFormat, SyslogOptions } from '#lib/docker-vm/log/syslog-options.ts';
import type { LogMessage } from './types.ts';

const ERROR = 3;
const INFO = 6;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

export interface SyslogIdentity {
  hostname: string;
  tag: string;
  pid: number;
}

/** Makes whole messages, with their LF, and the count in front that RFC 5425 wants over TLS. */
export class SyslogFormatter {
  readonly #format: SyslogFormat;
  readonly #facility: number;
  readonly #counted: boolean;
  readonly #who: SyslogIdentity;
  #second = Number.NaN;
  /** The stamp up to its fraction, and the zone. */
  #stamp: [string, string] = ['', ''];

  constructor(options: SyslogOptions, who: SyslogIdentity) {
    this.#format = options.format;
    this.#facility = options.facility;
    this.#counted = options.format.startsWith('rfc5424') && options.address.protocol === 'tcp+tls';
    this.#who = who;
  }

  encode(message: LogMessage): Buffer {
    const head = Buffer.from(this.#head(message));
    const length = head.length + message.line.length + 1;
    const count = this.#counted ? Buffer.from(`${length} `) : EMPTY;
    return Buffer.concat([count, head, message.line, LF]);
  }

  #head(message: LogMessage): string {
    const { hostname, tag, pid } = this.#who;
    const priority = this.#facility * 8 + (message.stream === 2 ? ERROR : INFO);
    const time = this.#time(message);
    if (this.#format === '') return `<${priority}>${time} ${tag}[${pid}]: `;
    if (this.#format === 'rfc3164') return `<${priority}>${time} ${hostname} ${tag}[${pid}]: `;
    return `<${priority}>1 ${time} ${hostname} ${tag} ${pid} ${tag} - `;
  }

  #time({ sec, nsec }: LogMessage): string {
    if (sec !== this.#second) {
      this.#second = sec;
      this.#stamp = this.#format.startsWith('rfc5424') ? rfc3339(sec) : [bsdStamp(sec), ''];
    }
    const [seconds, zone] = this.#stamp;
    const micro =
      this.#format === 'rfc5424micro' ? `.${String(Math.floor(nsec / 1000)).padStart(6, '0')}` : '';
    return seconds + micro + zone;
  }
}

const EMPTY = Buffer.alloc(0);
const LF = Buffer.from('\n');
const two = (n: number) => String(n).padStart(2, '0');

/** "Jan _2 15:04:05", in local time. */
function bsdStamp(sec: number): string {
  const d = new Date(sec * 1000);
  const day = String(d.getDate()).padStart(2, ' ');
  return `${MONTHS[d.getMonth()]} ${day} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** Local time with its offset from UTC. */
function rfc3339(sec: number): [string, string] {
  const d = new Date(sec * 1000);
  const offset = -d.getTimezoneOffset();
  const local = new Date(d.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const ahead = Math.abs(offset);
  return [
    local,
    offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`,
  ];
}
