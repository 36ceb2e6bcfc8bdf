// What the lifecycle needs to know of a container, read once from its docker:* metadata and its image's config.
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import { parseRestartPolicy, type RestartPolicy } from './restart-policy.ts';
import { parseSignal, SIGTERM } from './signals.ts';
import type { AgentImage } from './types.ts';

const DEFAULT_STOP_TIMEOUT_S = 10;

export interface LifecycleSettings {
  /** 64 hex; the VM's uuid without dashes when it has none yet. */
  dockerId: string;
  tty: boolean;
  openStdin: boolean;
  stdinOnce: boolean;
  stopSignal: number;
  /** Config.StopSignal was given: only this signal (and SIGKILL) then ends the restart policy. */
  ownStopSignal: boolean;
  /** Seconds; negative = for ever. */
  stopTimeout: number;
  restart: RestartPolicy;
  /** Paths of the image's and the container's VOLUMEs. */
  volumes: string[];
}

/** Pure; broken JSON counts as absent, so that a bad record can still be stopped and destroyed. */
export function readLifecycleSettings(vm: Vm, image: AgentImage): LifecycleSettings {
  const md = vm.internal_metadata;
  const config = parseObject(md[MD.config]);
  const imageConfig = asObject(image.config.config);
  const stopSignal = text(config.StopSignal) || text(imageConfig.StopSignal);
  return {
    dockerId: text(md[MD.id]) || vm.uuid.replaceAll('-', ''),
    tty: isTrue(config.Tty ?? md[MD.tty]),
    openStdin: isTrue(config.OpenStdin ?? md[MD.openStdin]),
    stdinOnce: isTrue(config.StdinOnce),
    stopSignal: signalOr(stopSignal, SIGTERM),
    ownStopSignal: text(config.StopSignal) !== '',
    stopTimeout: typeof config.StopTimeout === 'number' ? config.StopTimeout : DEFAULT_STOP_TIMEOUT_S,
    restart: parseRestartPolicy(md[MD.restartPolicy]),
    volumes: [...Object.keys(asObject(imageConfig.Volumes)), ...Object.keys(asObject(config.Volumes))],
  };
}

function signalOr(signal: string, fallback: number): number {
  if (signal === '') return fallback;
  try {
    return parseSignal(signal);
  } catch {
    return fallback;
  }
}

function parseObject(json: unknown): Record<string, unknown> {
  if (typeof json !== 'string') return {};
  try {
    return asObject(JSON.parse(json));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
