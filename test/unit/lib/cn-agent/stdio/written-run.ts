// Runs with output that a test wrote, and their lines as a client would see them.
import { appendFileSync } from 'node:fs';
import { BUFFER_SIZE, BufferPool, HEADER } from '#lib/cn-agent/stdio/buffer-pool.ts';
import { beginning, Cursor, type Position } from '#lib/cn-agent/stdio/cursor.ts';
import { LineFramer } from '#lib/cn-agent/stdio/line-framer.ts';
import type { Run } from '#lib/cn-agent/stdio/run.ts';
import { runPaths } from '#lib/cn-agent/stdio/run-files.ts';
import type { StreamNo } from '#lib/cn-agent/stdio/run-index.ts';
import { type Stamp, WallClock } from '#lib/cn-agent/stdio/wall-clock.ts';
import { ZoneRuns } from '#lib/cn-agent/stdio/zone-runs.ts';
import { FrameDecoder } from '#lib/docker-vm/stdio.ts';

/** A clock whose every look is one second later. */
export class StepClock extends WallClock {
  #sec = 1_000_000_000;
  override now(): Stamp {
    this.#sec += 1;
    return { sec: this.#sec, nsec: 5 };
  }
}

/** The runs in a directory. */
export function runsIn(path: string): ZoneRuns {
  return new ZoneRuns({ path, clock: new StepClock(), grown: () => {} });
}

/** A seeded source of numbers below a limit. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}

/** Appends to a stream as the shim would, and lets the run see it: one index record. */
export function write(dir: string, run: Run, stream: StreamNo, text: string): void {
  const paths = runPaths(dir, run.number);
  appendFileSync(stream === 1 ? paths.stdout : paths.stderr, text);
  run.scan();
}

export interface Line {
  stream: number;
  text: string;
}

/** Frames as text, each frame one line. */
export function frameCollector(): { lines: Line[]; send: (frames: Buffer) => Promise<boolean> } {
  const lines: Line[] = [];
  const decoder = new FrameDecoder({
    data: (type, piece, first) => {
      if (first) lines.push({ stream: type, text: '' });
      lines.at(-1)!.text += piece.toString('latin1');
    },
    control: () => {
      throw new Error('a control frame among lines');
    },
  });
  return {
    lines,
    send: async (frames) => {
      // A moment later: the framer must not have touched the buffer meanwhile.
      await new Promise(setImmediate);
      decoder.push(Buffer.from(frames));
      return true;
    },
  };
}

/** All lines from a place on, over all runs. */
export async function linesFrom(
  runs: ZoneRuns,
  start: { run: number; at: Position } | null,
  opts: { timestamps?: boolean; wanted?: StreamNo[]; max?: number } = {},
): Promise<Line[]> {
  const { lines, send } = frameCollector();
  const buffers = new BufferPool();
  const buffer = Buffer.alloc(BUFFER_SIZE);
  for (const number of runs.numbers()) {
    if (start && number < start.run) continue;
    const run = (await runs.open(number))!;
    const at = start?.run === number ? start.at : beginning(run);
    const cursor = new Cursor(run, { at, wanted: new Set(opts.wanted ?? [1, 2]) });
    const framer = new LineFramer({ timestamps: opts.timestamps ?? false, buffers, send });
    for (
      let piece = await cursor.next(opts.max ?? BUFFER_SIZE - HEADER);
      piece;
      piece = await cursor.next(opts.max ?? BUFFER_SIZE - HEADER)
    ) {
      const length = await cursor.read(piece, piece.to, buffer, 0);
      await framer.feed(piece, Buffer.from(buffer.subarray(0, length)));
    }
    await framer.flush();
    await framer.drain();
    await framer.close();
    run.release();
  }
  return lines;
}
