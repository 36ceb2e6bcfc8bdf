// Content types of raw and multiplexed output streams, by version and tty.
import type { ApiVersion } from './version.ts';

export const RAW_STREAM = 'application/vnd.docker.raw-stream';
export const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';

/** Since 1.42 a stream without tty says that it is multiplexed; before, everything was called raw. */
export function streamType(version: ApiVersion, tty: boolean): string {
  return version >= 42 && !tty ? MULTIPLEXED_STREAM : RAW_STREAM;
}
