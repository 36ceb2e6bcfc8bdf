// Docker's rules for what a container takes from its image's config.
import type { ContainerConfig, HealthConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';

/** The `config` part of a Docker image config JSON, as far as it is merged. */
export type ImageRunConfig = Partial<
  Pick<
    ContainerConfig,
    | 'User'
    | 'ExposedPorts'
    | 'Env'
    | 'Cmd'
    | 'Entrypoint'
    | 'Volumes'
    | 'WorkingDir'
    | 'Labels'
    | 'StopSignal'
    | 'Healthcheck'
    | 'Shell'
    | 'OnBuild'
  >
>;

/**
 * The container's config with the image's under it. Throws DockerError invalid 'no command specified'.
 * In Env the user's entries come first, then those of the image that the user did not set, as dockerd keeps them.
 */
export function mergeImage(config: ContainerConfig, image: ImageRunConfig): ContainerConfig {
  const merged: ContainerConfig = {
    ...config,
    User: config.User || (image.User ?? ''),
    Env: mergeEnv(config.Env, image.Env ?? null),
    ...mergeCommand(config, image),
    Labels: { ...image.Labels, ...config.Labels },
    WorkingDir: config.WorkingDir || (image.WorkingDir ?? ''),
    Volumes: mergeKeys(config.Volumes, image.Volumes),
    OnBuild: config.OnBuild ?? null,
  };
  const ports = mergeKeys(config.ExposedPorts, image.ExposedPorts);
  if (ports) merged.ExposedPorts = ports;
  const health = mergeHealth(config.Healthcheck, image.Healthcheck);
  if (health) merged.Healthcheck = health;
  const stopSignal = config.StopSignal || image.StopSignal;
  if (stopSignal) merged.StopSignal = stopSignal;
  if (!config.Shell && image.Shell) merged.Shell = image.Shell;
  if (!merged.Entrypoint?.length && !merged.Cmd?.length) throw invalid('no command specified');
  return merged;
}

/** An Entrypoint from the user drops the image's Cmd; [] or [""] drops the image's Entrypoint, and [] is kept as it is. */
function mergeCommand(
  config: ContainerConfig,
  image: ImageRunConfig,
): Pick<ContainerConfig, 'Cmd' | 'Entrypoint'> {
  let { Cmd, Entrypoint } = config;
  if (!Entrypoint?.length) {
    if (!Cmd?.length) Cmd = image.Cmd ?? null;
    Entrypoint ??= image.Entrypoint ?? null;
  }
  if (Entrypoint?.length === 1 && Entrypoint[0] === '') Entrypoint = null;
  return { Cmd: Cmd?.length ? Cmd : null, Entrypoint };
}

function mergeEnv(user: string[] | null, image: string[] | null): string[] | null {
  if (!user?.length) return image ?? user;
  const keys = new Set(user.map(envKey));
  return [...user, ...(image ?? []).filter((entry) => !keys.has(envKey(entry)))];
}

function envKey(entry: string): string {
  const at = entry.indexOf('=');
  return at < 0 ? entry : entry.slice(0, at);
}

function mergeKeys(
  user: Record<string, object> | null | undefined,
  image: Record<string, object> | null | undefined,
): Record<string, object> | null {
  const merged = { ...image, ...user };
  return Object.keys(merged).length > 0 ? merged : null;
}

function mergeHealth(
  user: HealthConfig | undefined,
  image: HealthConfig | undefined,
): HealthConfig | undefined {
  if (!user || !image) return user ?? image;
  return {
    Test: user.Test?.length ? user.Test : image.Test,
    Interval: user.Interval || image.Interval,
    Timeout: user.Timeout || image.Timeout,
    StartPeriod: user.StartPeriod || image.StartPeriod,
    StartInterval: user.StartInterval || image.StartInterval,
    Retries: user.Retries || image.Retries,
  };
}
