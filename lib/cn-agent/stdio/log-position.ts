// Finds where a log request begins: the last N lines, or a point in time.
import { read as fsRead } from 'node:fs';
import { promisify } from 'node:util';
import { beginning, type Position, presentEnd } from './cursor.ts';
import type { Run } from './run.ts';
import type { StreamNo } from './run-index.ts';
import { compareStamps, type Stamp } from './wall-clock.ts';
import type { ZoneRuns } from './zone-runs.ts';

const LF = 10;
const BLOCK = 64 * 1024;

const readAsync = promisify(fsRead);

/** A run and the place in it. */
export interface LogStart {
  run: number;
  at: Position;
}

/** What a run held at one moment: searched is only that, whatever it prints and rotation drops meanwhile. */
export interface Extent {
  from: Position;
  to: Position;
}

/** The same of the run that goes on, when a request came. */
export interface Snapshot extends Extent {
  run: number;
}

/** `now` where it is of this run, else what the run holds at present. */
export function extentOf(run: Run, now: Snapshot | null): Extent {
  return now?.run === run.number ? now : { from: beginning(run), to: presentEnd(run) };
}

/** The later of two beginnings. */
export function laterStart(a: LogStart, b: LogStart): LogStart {
  if (a.run !== b.run) return a.run > b.run ? a : b;
  const offset = (stream: StreamNo) => Math.max(a.at.offsets[stream], b.at.offsets[stream]);
  const record = Math.max(a.at.record, b.at.record);
  return { run: a.run, at: { record, offsets: [0, offset(1), offset(2)] } };
}

/** The first line whose time is not before `since`; null when every line is older. Record times are taken as rising. */
export async function findSince(
  runs: ZoneRuns,
  since: Stamp,
  now: Snapshot | null = null,
): Promise<LogStart | null> {
  for (const number of runs.numbers()) {
    const run = await runs.open(number);
    if (!run) continue;
    try {
      const newest = run.index.peek(run.index.count - 1);
      const idle = run.phase === 'ended' && (!newest || compareStamps(newest, since) < 0);
      if (idle) continue;
      return { run: number, at: await sinceIn(run, since, extentOf(run, now)) };
    } finally {
      run.release();
    }
  }
  return null;
}

async function sinceIn(run: Run, since: Stamp, { from, to }: Extent): Promise<Position> {
  let low = from.record;
  let high = to.record;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = run.index.peek(middle);
    if (record && compareStamps(record, since) < 0) low = middle + 1;
    else high = middle;
  }
  const ends = await endsBefore(run, low, from);
  const at = (stream: StreamNo) => lineStart(run, stream, ends[stream], from);
  return { record: low, offsets: [0, await at(1), await at(2)] };
}

/** How far each stream had grown before that record. */
async function endsBefore(run: Run, record: number, from: Position): Promise<[number, number, number]> {
  const ends: [number, number, number] = [...from.offsets];
  const missing = new Set<StreamNo>(run.tty ? [1] : [1, 2]);
  for (let before = record; missing.size > 0; ) {
    const block = await run.index.loadBefore(before, from.record);
    if (block.length === 0) break;
    for (const each of block.toReversed()) if (missing.delete(each.stream)) ends[each.stream] = each.end;
    before -= block.length;
  }
  return ends;
}

/** Where the line begins that byte `before` - 1 belongs to, or that begins at `before`. */
async function lineStart(run: Run, stream: StreamNo, before: number, from: Position): Promise<number> {
  const start = from.offsets[stream];
  const found = await lastNewlines(run, { stream, start, end: before, skip: 0 });
  return found.at === null ? start : found.at + 1;
}

/**
 * The last `lines` lines of all runs, in index order, both streams counted as dockerd does; the beginning when there are
 * fewer; counted back from `now` in the run that goes on. A last line without its end counts once its run is over.
 */
export async function findTail(
  runs: ZoneRuns,
  lines: number,
  now: Snapshot | null = null,
): Promise<LogStart | null> {
  let left = lines;
  let first: LogStart | null = null;
  for (const number of runs.numbers().toReversed()) {
    const run = await runs.open(number);
    if (!run) continue;
    try {
      const extent = extentOf(run, now);
      const found = await tailIn(run, left, extent);
      if (found.at) return { run: number, at: found.at };
      left = found.left;
      first = { run: number, at: extent.from };
    } finally {
      run.release();
    }
  }
  return first;
}

async function tailIn(
  run: Run,
  lines: number,
  { from, to: end }: Extent,
): Promise<{ at: Position | null; left: number }> {
  const low: Position['offsets'] = [...end.offsets];
  let left = lines;
  if (run.phase === 'ended') {
    for (const stream of [2, 1] as const) {
      const open = await lineStart(run, stream, end.offsets[stream], from);
      if (open === end.offsets[stream]) continue;
      // This unfinished line is not wanted any more: begin behind it, for this stream.
      if (left === 0) return { at: { record: end.record, offsets: low }, left: 0 };
      left -= 1;
      low[stream] = open;
    }
  }
  for (let before = end.record; ; ) {
    const block = await run.index.loadBefore(before, from.record);
    if (block.length === 0) return { at: null, left };
    for (let k = block.length - 1; k >= 0; k--) {
      const { stream, start, end: to } = block[k]!;
      const found = await lastNewlines(run, {
        stream,
        start: Math.max(start, from.offsets[stream]),
        end: Math.min(to, Math.max(low[stream], start)),
        skip: left,
      });
      const record = before - block.length + k;
      if (found.at !== null) {
        low[stream] = found.at + 1;
        const other: StreamNo = stream === 1 ? 2 : 1;
        low[other] = await lineStart(run, other, low[other], from);
        return { at: { record, offsets: low }, left: 0 };
      }
      left -= found.passed;
      low[stream] = Math.min(low[stream], start);
    }
    before -= block.length;
  }
}

/** Walks newlines of a range backwards: passes over `skip` of them and gives the place of the next, or null and how many there were. */
async function lastNewlines(
  run: Run,
  range: { stream: StreamNo; start: number; end: number; skip: number },
): Promise<{ at: number | null; passed: number }> {
  let passed = 0;
  const buffer = Buffer.allocUnsafe(Math.min(BLOCK, Math.max(0, range.end - range.start)));
  for (let end = range.end; end > range.start; ) {
    const begin = Math.max(range.start, end - BLOCK);
    const { bytesRead } = await readAsync(run.fds[range.stream], buffer, 0, end - begin, begin);
    const block = buffer.subarray(0, bytesRead);
    for (let at = block.lastIndexOf(LF); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(LF, at - 1)) {
      if (passed === range.skip) return { at: begin + at, passed };
      passed += 1;
    }
    end = begin;
  }
  return { at: null, passed };
}
