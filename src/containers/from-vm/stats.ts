// A line of the compute node's statistics as Docker's ContainerStatsResponse. The bytes of our own agent's are not even parsed.
import type { ApiVersion } from '#src/api/version.ts';

/** Of which container a sample is. */
export interface StatsIdentity {
  id: string;
  name: string;
  version: ApiVersion;
}

type Json = Record<string, unknown>;

const ZERO_TIME = '0001-01-01T00:00:00Z';
const ZERO_CPU = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};
const NO_BLKIO = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

/** What a container that does not run uses. Pure. */
export function zeroStats(identity: StatsIdentity): Json {
  return { ...identityOf(identity), ...EMPTY };
}

const EMPTY = {
  read: ZERO_TIME,
  preread: ZERO_TIME,
  pids_stats: {},
  blkio_stats: NO_BLKIO,
  num_procs: 0,
  storage_stats: {},
  cpu_stats: ZERO_CPU,
  precpu_stats: ZERO_CPU,
  memory_stats: {},
};

/** A whole sample (our agent's) with the container's id and name in front. `line` is an object without its line end. Pure. */
export function withIdentity(line: Buffer, identity: StatsIdentity): Buffer {
  const head = JSON.stringify(identityOf(identity)).slice(0, -1);
  return Buffer.concat([Buffer.from(`${head},`), line.subarray(1), LF]);
}

/** The real agent's sample, which lacks what SmartOS does not count. Throws SyntaxError. Pure. */
export function fromTriton(line: Buffer, identity: StatsIdentity): Buffer {
  const sample = JSON.parse(line.toString()) as Json;
  const { network, ...rest } = sample;
  const networks = sample.networks ?? (network === undefined ? undefined : { eth0: network });
  const whole: Json = { ...zeroStats(identity), ...rest, ...(networks === undefined ? {} : { networks }) };
  whole.blkio_stats = { ...NO_BLKIO, ...(rest.blkio_stats as Json | undefined) };
  return Buffer.from(`${JSON.stringify(whole)}\n`);
}

const LF = Buffer.from('\n');

function identityOf({ id, name, version }: StatsIdentity): Json {
  return { id, name: `/${name}`, ...(version < 52 ? {} : { os_type: 'linux' }) };
}
