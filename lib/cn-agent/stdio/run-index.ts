// The index of one run's output: which stream grew to where, and when; it gives order and times without reading the data.
import { closeSync, read as fsRead, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Stamp } from './wall-clock.ts';

// File: a 32-byte header, then 24-byte records, little-endian.
//   header: "SDIX" version:u32 startRecord:u48 keptStdout:u48 keptStderr:u48 unused:6
//   record: sec:u32 nsec:u32 start:u48 end:u48 stream:u8 unused:3
// startRecord and kept* say what log rotation has left: earlier data is given back to the file system, here and in the data files, by
// punching holes, so that no offset ever changes.

/** 1 stdout, 2 stderr, as in Docker's frames. */
export type StreamNo = 1 | 2;

/** Bytes start..end (exclusive) of a stream's file, seen at the time. */
export interface IndexRecord extends Stamp {
  stream: StreamNo;
  start: number;
  end: number;
}

export const HEADER_BYTES = 32;
export const RECORD_BYTES = 24;
const MAGIC = 0x58494453;
const VERSION = 1;
/** Records kept in memory: followers that are caught up never touch the file. */
const RECENT = 256;
/** Records fetched by one read of the file. */
const BLOCK = 2048;

const readAsync = promisify(fsRead);

export class RunIndex {
  readonly #fd: number;
  #count: number;
  #recent: IndexRecord[] = [];
  readonly #out = Buffer.alloc(RECORD_BYTES);
  /** What log rotation has left. */
  startRecord = 0;
  readonly kept: [number, number, number] = [0, 0, 0];

  private constructor(fd: number, count: number) {
    this.#fd = fd;
    this.#count = count;
  }

  static create(path: string): RunIndex {
    const index = new RunIndex(openSync(path, 'wx+', 0o600), 0);
    index.writeHeader();
    return index;
  }

  /** Opens an existing one; a half-written last record (the machine went down) is not counted. Throws on a foreign file. */
  static open(path: string): RunIndex {
    const fd = openSync(path, 'r+');
    try {
      const size = fstatSync(fd).size;
      const index = new RunIndex(fd, Math.max(0, Math.floor((size - HEADER_BYTES) / RECORD_BYTES)));
      if (size < HEADER_BYTES) index.writeHeader();
      else index.#readHeader(path);
      return index;
    } catch (err) {
      closeSync(fd);
      throw err;
    }
  }

  get count(): number {
    return this.#count;
  }

  append(record: IndexRecord): void {
    encodeRecord(record, this.#out);
    writeSync(this.#fd, this.#out, 0, RECORD_BYTES, HEADER_BYTES + this.#count * RECORD_BYTES);
    this.#count += 1;
    this.#recent.push(record);
    if (this.#recent.length > 2 * RECENT) this.#recent = this.#recent.slice(-RECENT);
  }

  /** Some records from number `from` on, at least one; [] at the end. */
  async load(from: number): Promise<IndexRecord[]> {
    if (from >= this.#count) return [];
    const memory = this.#count - this.#recent.length;
    if (from >= memory) return from === memory ? this.#recent.slice() : this.#recent.slice(from - memory);
    return this.#read(from, Math.min(BLOCK, this.#count - from));
  }

  /** Records just before number `before`, in order, at least one; [] at number `first`, where the reader's part begins. */
  async loadBefore(before: number, first: number): Promise<IndexRecord[]> {
    const from = Math.max(first, before - BLOCK);
    return before <= from ? [] : this.#read(from, before - from);
  }

  /** One record, synchronously: for opening and searching. */
  peek(at: number): IndexRecord | null {
    return at < 0 ? null : (this.peekBlock(at, 1)[0] ?? null);
  }

  /** Up to `count` records from number `at` on, synchronously: for rotation. */
  peekBlock(at: number, count: number): IndexRecord[] {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(count, this.#count - at)) * RECORD_BYTES);
    const got = readSync(this.#fd, buffer, 0, buffer.length, HEADER_BYTES + at * RECORD_BYTES);
    return decodeRecords(buffer, got);
  }

  /** Stores startRecord and kept. */
  writeHeader(): void {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(MAGIC, 0);
    header.writeUInt32LE(VERSION, 4);
    header.writeUIntLE(this.startRecord, 8, 6);
    header.writeUIntLE(this.kept[1], 14, 6);
    header.writeUIntLE(this.kept[2], 20, 6);
    writeSync(this.#fd, header, 0, HEADER_BYTES, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #readHeader(path: string): void {
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(this.#fd, header, 0, HEADER_BYTES, 0);
    if (header.readUInt32LE(0) !== MAGIC || header.readUInt32LE(4) !== VERSION)
      throw new Error(`${path} is not an output index of version ${VERSION}`);
    this.startRecord = header.readUIntLE(8, 6);
    const [, stdout, stderr] = keptIn(header);
    this.kept[1] = stdout;
    this.kept[2] = stderr;
  }

  async #read(from: number, count: number): Promise<IndexRecord[]> {
    const buffer = Buffer.allocUnsafe(count * RECORD_BYTES);
    const { bytesRead } = await readAsync(
      this.#fd,
      buffer,
      0,
      buffer.length,
      HEADER_BYTES + from * RECORD_BYTES,
    );
    return decodeRecords(buffer, bytesRead);
  }
}

function decodeRecords(buffer: Buffer, bytes: number): IndexRecord[] {
  const records: IndexRecord[] = [];
  for (let at = 0; at + RECORD_BYTES <= bytes; at += RECORD_BYTES) records.push(decodeRecord(buffer, at));
  return records;
}

/** Where the kept data of each stream begins, from a file's header. */
export function keptIn(header: Buffer): [number, number, number] {
  return [0, header.readUIntLE(14, 6), header.readUIntLE(20, 6)];
}

/** Writes a record into 24 bytes. */
export function encodeRecord(record: IndexRecord, into: Buffer): void {
  into.writeUInt32LE(record.sec, 0);
  into.writeUInt32LE(record.nsec, 4);
  into.writeUIntLE(record.start, 8, 6);
  into.writeUIntLE(record.end, 14, 6);
  into.writeUIntLE(record.stream, 20, 1);
  into.fill(0, 21, 24);
}

/** Reads the record at byte `at`. */
export function decodeRecord(from: Buffer, at: number): IndexRecord {
  return {
    sec: from.readUInt32LE(at),
    nsec: from.readUInt32LE(at + 4),
    start: from.readUIntLE(at + 8, 6),
    end: from.readUIntLE(at + 14, 6),
    stream: from[at + 20] === 2 ? 2 : 1,
  };
}
