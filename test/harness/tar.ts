// Makes tars of any shape, also hostile ones, and lists what is in one.
export interface TarEntry {
  name: string;
  /** '0' file (default), '1' hard link, '2' link, '3' character device, '5' directory, '6' FIFO, 'x' PAX … */
  type?: string;
  body?: string | Buffer;
  link?: string;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  /** [major, minor] */
  device?: [number, number];
  /** Size in the header when it is not that of the body. */
  size?: number;
  /** PAX records that stand before it. */
  pax?: Record<string, string | Buffer>;
}

/** A whole archive with its end. */
export function makeTar(entries: TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(packEntry), Buffer.alloc(1024)]);
}

export function packEntry(entry: TarEntry): Buffer {
  const body = Buffer.from(entry.body ?? '');
  const before = entry.pax
    ? packEntry({ name: 'pax', type: 'x', body: paxRecords(entry.pax) })
    : Buffer.alloc(0);
  return Buffer.concat([before, header(entry, body.length), body, Buffer.alloc(-body.length & 511)]);
}

function header(entry: TarEntry, length: number): Buffer {
  const { name, type = '0', link = '', uid = 0, gid = 0, mtime = 1_700_000_000, device = [0, 0] } = entry;
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, 'latin1');
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  octal(entry.mode ?? (type === '5' ? 0o755 : 0o644), 100, 7);
  octal(uid, 108, 7);
  octal(gid, 116, 7);
  octal(entry.size ?? length, 124, 11);
  octal(mtime, 136, 11);
  block.write(' '.repeat(8) + type, 148, 'latin1');
  block.write(link, 157, 100, 'latin1');
  block.write('ustar\0' + '00', 257, 'latin1');
  octal(device[0], 329, 7);
  octal(device[1], 337, 7);
  const sum = block.reduce((a, b) => a + b, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function paxRecords(records: Record<string, string | Buffer>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
      const bare = rest.length + String(rest.length).length;
      const length = rest.length + String(bare).length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

export interface Listed {
  name: string;
  type: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  link: string;
  body: Buffer;
  /** PAX records of extended attributes, as latin1. */
  xattr: Record<string, string>;
}

/** Entries of a plain archive; PAX names and sizes are taken in. */
export function listTar(bytes: Buffer): Listed[] {
  const out: Listed[] = [];
  let pax: Record<string, string> = {};
  for (let at = 0; at + 512 <= bytes.length; ) {
    const text = (from: number, length: number) =>
      bytes.toString('latin1', at + from, at + from + length).replace(/\0.*/s, '');
    if (text(0, 1) === '') break;
    const size = Number.parseInt(text(124, 12) || '0', 8);
    const type = text(156, 1) || '0';
    const body = bytes.subarray(at + 512, at + 512 + size);
    at += 512 + size + (-size & 511);
    if (type === 'x') {
      pax = readPax(body);
      continue;
    }
    const start = at - 512 - size - (-size & 511);
    const field = (from: number, length: number) =>
      bytes.toString('latin1', start + from, start + from + length).replace(/\0.*/s, '');
    const octal = (from: number, length: number) => Number.parseInt(field(from, length) || '0', 8);
    out.push({
      name: pax.path ?? field(0, 100),
      type,
      mode: octal(100, 8),
      uid: Number(pax.uid ?? octal(108, 8)),
      gid: Number(pax.gid ?? octal(116, 8)),
      size,
      mtime: octal(136, 12),
      link: pax.linkpath ?? field(157, 100),
      body,
      xattr: Object.fromEntries(Object.entries(pax).filter(([key]) => key.startsWith('SCHILY.xattr.'))),
    });
    pax = {};
  }
  return out;
}

function readPax(body: Buffer): Record<string, string> {
  const pax: Record<string, string> = {};
  const text = body.toString('latin1');
  for (let at = 0; at < text.length; ) {
    const length = Number.parseInt(text.slice(at), 10);
    const record = text.slice(at, at + length - 1);
    const key = record.slice(record.indexOf(' ') + 1, record.indexOf('='));
    pax[key] = record.slice(record.indexOf('=') + 1);
    at += length;
  }
  return pax;
}
