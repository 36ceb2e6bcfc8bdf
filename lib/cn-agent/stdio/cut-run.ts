// Where log rotation cuts: the oldest bytes of a run go, in the order in which they came, and what is left begins with whole lines.
import { readSync } from 'node:fs';
import type { Position } from './cursor.ts';
import type { Run } from './run.ts';
import type { StreamNo } from './run-index.ts';

const LF = 10;
/** How far a line's border is looked for; a longer line is cut in the middle, as dockerd cuts it into messages. */
const REACH = 64 * 1024;
/** Index records read at once. */
const BLOCK = 1024;

/**
 * A later beginning for the run, with about `bytes` fewer behind it; null when nothing can go, because the last line always stays.
 * Offsets may lie behind or before the record's own: a cursor takes that as it is.
 */
export function chooseCut(run: Run, bytes: number): Position | null {
  const { record, offsets, stream, goal } = walk(run, bytes);
  const other: StreamNo = stream === 1 ? 2 : 1;
  // The other stream may have been left in the middle of a line.
  offsets[other] = lineStart(run, other, offsets[other], run.kept(other));
  offsets[stream] = border(run, stream, goal, offsets[other] >= run.ends[other]);
  const gone = offsets[1] - run.kept(1) + (offsets[2] - run.kept(2));
  return gone > 0 ? { record, offsets } : null;
}

/** Passes over records until `bytes` are behind. */
function walk(run: Run, bytes: number): Position & { stream: StreamNo; goal: number } {
  const offsets: Position['offsets'] = [0, run.kept(1), run.kept(2)];
  let left = bytes;
  let last: StreamNo = 1;
  let record = run.index.startRecord;
  for (;;) {
    const block = run.index.peekBlock(record, BLOCK);
    if (block.length === 0) break;
    for (const { stream, end } of block) {
      const gain = end - offsets[stream];
      last = stream;
      if (gain > left) return { record, offsets, stream, goal: offsets[stream] + left };
      if (gain > 0) {
        offsets[stream] = end;
        left -= gain;
      }
      record += 1;
    }
  }
  // More was asked for than there is.
  return { record: Math.max(run.index.startRecord, record - 1), offsets, stream: last, goal: offsets[last] };
}

/** The line border at or after `goal`; the beginning of the last line when there is none, or when nothing else would be left. */
function border(run: Run, stream: StreamNo, goal: number, alone: boolean): number {
  const end = run.ends[stream];
  const kept = run.kept(stream);
  const from = Math.max(kept, goal - 1);
  const block = readRange(run, stream, from, Math.min(end, from + REACH));
  const at = goal === kept ? -1 : block.indexOf(LF);
  const found = goal === kept ? kept : at < 0 ? null : from + at + 1;
  if (found !== null && (found < end || !alone)) return found;
  if (found === null && from + REACH < end) return goal;
  return lineStart(run, stream, Math.max(kept, end - 1), kept);
}

/** Where the line begins that byte `before` - 1 belongs to, or `before` itself when it is too far back. */
function lineStart(run: Run, stream: StreamNo, before: number, kept: number): number {
  const from = Math.max(kept, before - REACH);
  const at = readRange(run, stream, from, before).lastIndexOf(LF);
  return at >= 0 ? from + at + 1 : from === kept ? kept : before;
}

function readRange(run: Run, stream: StreamNo, from: number, to: number): Buffer {
  const fd = run.fds[stream];
  if (fd < 0 || to <= from) return Buffer.alloc(0);
  const buffer = Buffer.allocUnsafe(to - from);
  return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from));
}
