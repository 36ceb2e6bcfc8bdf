// Writes the JSON lines of an import, ended CRLF as IMGAPI does, with progress thinned out to what an eye can follow.
import type { ServerResponse } from 'node:http';
import type { ImportLine } from '#lib/wire/types.ts';

const PROGRESS_EVERY_MS = 100;

export interface ImportLines {
  write(line: ImportLine): void;
  /** A line about one layer. With `detail` it may be left out: at most ten a second and layer, none to a reader that is behind. */
  layer(id: string, status: string, detail?: { current: number; total: number }): void;
  /** True once anything was written. */
  readonly begun: boolean;
}

/** `name`: the canonical name that IMGAPI stamps on each line. The response's head goes out with the first line. */
export function importLines(res: ServerResponse, name: string): ImportLines {
  const lastOf = new Map<string, number>();
  let begun = false;

  function write(line: ImportLine): void {
    if (res.destroyed) return;
    if (!begun) res.writeHead(200, { 'content-type': 'application/json' });
    begun = true;
    res.write(`${JSON.stringify(line)}\r\n`);
  }

  return {
    write,
    layer(id, status, detail) {
      if (detail !== undefined && detail.current < detail.total) {
        const key = `${id} ${status}`;
        const now = performance.now();
        if (now - (lastOf.get(key) ?? Number.NEGATIVE_INFINITY) < PROGRESS_EVERY_MS) return;
        lastOf.set(key, now);
        if (res.writableNeedDrain) return;
      }
      write({ type: 'progress', id: name, payload: { id, status, progressDetail: detail ?? {} } });
    },
    get begun() {
      return begun;
    },
  };
}
