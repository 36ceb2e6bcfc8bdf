// The log driver of a new container: the request's, or the daemon's own with its options, checked as dockerd checks it.
import { validateLogOptions } from '#lib/docker-vm/log/validate.ts';
import type { DaemonConfig } from '#src/config.ts';
import type { CreateRequest, HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

type Defaults = Pick<DaemonConfig, 'logDriver' | 'logOpts' | 'enabledLogDrivers'>;

/** Pure. Throws DockerError invalid. Values of sizes and counts are looked at when the container starts, as with dockerd. */
export function withLogConfig(request: CreateRequest, defaults: Defaults): CreateRequest {
  const LogConfig = mergeLogConfig(request.hostConfig.LogConfig, defaults);
  try {
    validateLogOptions(LogConfig.Type, LogConfig.Config, defaults.enabledLogDrivers);
  } catch (err) {
    throw invalid((err as Error).message);
  }
  return { ...request, hostConfig: { ...request.hostConfig, LogConfig } };
}

/** The daemon's options are for its own driver; those of the local copy for every driver. */
function mergeLogConfig(
  asked: HostConfig['LogConfig'],
  { logDriver, logOpts }: Defaults,
): HostConfig['LogConfig'] {
  const type = asked.Type || logDriver;
  const own = Object.entries(logOpts).filter(([key]) => type === logDriver || key.startsWith('cache-'));
  return { Type: type, Config: { ...Object.fromEntries(own), ...asked.Config } };
}
