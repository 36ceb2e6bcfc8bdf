// ContainerStats: GET /containers/:id/stats.
import type { Vm } from '#lib/wire/types.ts';
import { queryBool } from '#src/api/query.ts';
import type { Reply, Req } from '#src/context.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { statusOf } from '#src/vm/state.ts';
import { zeroStats } from './from-vm/stats.ts';
import { findContainer } from './lookup.ts';
import { openStats, type StatsLines } from './stats-lines.ts';
import { StatsStream } from './stats-stream.ts';

/**
 * A sample each second for as long as the container exists; with stream=false one, whose precpu_stats is that of a moment
 * before (0 with one-shot). A container that does not run has a sample of zeros.
 */
export async function containerStats(req: Req): Promise<Reply> {
  const { query } = req;
  const vm = await findContainer(req, req.params.id!);
  if (query.stream === undefined || queryBool(query.stream)) {
    await new StatsStream(req, vm).run();
    return 'handled';
  }
  const oneShot = req.version >= 41 && queryBool(query['one-shot']);
  const body = (await single(req, vm, oneShot)) ?? zeroStats(identity(req, vm));
  return { status: 200, body, headers: { 'Content-Type': 'application/json' } };
}

/** null when the container does not run, or stops meanwhile. */
async function single(req: Req, vm: Vm, oneShot: boolean): Promise<string | null> {
  if (!['running', 'paused'].includes(statusOf(vm))) return null;
  const lines = await openStats(req, vm, { doStream: !oneShot });
  if (lines === null) return null;
  try {
    return await nth(lines, oneShot ? 1 : 2, identity(req, vm));
  } finally {
    lines.close();
  }
}

async function nth(
  lines: StatsLines,
  wanted: number,
  of: ReturnType<typeof identity>,
): Promise<string | null> {
  let count = 0;
  for await (const line of lines) {
    count += 1;
    if (count === wanted) return lines.toDocker(line, of).toString();
  }
  return null;
}

function identity(req: Req, vm: Vm): { id: string; name: string; version: number } {
  return { id: dockerIdOf(vm), name: vm.alias ?? '', version: req.version };
}
