// A VM as one element of GET /containers/json, newest API version (older ones: versions.ts).
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Health } from '#src/health/view.ts';
import { configOf, dockerIdOf, hostConfigOf, text } from '#src/vm/metadata.ts';
import { type ContainerStatus, statusOf } from '#src/vm/state.ts';
import type { EndpointSettings, MountPoint } from '../types.ts';
import { commandOf } from './inspect.ts';
import { toMounts } from './mounts.ts';
import { toNetworks } from './networks.ts';
import { type PortSummary, toPortList } from './ports.ts';
import { statusText } from './status-text.ts';

/** Docker's ContainerSummary. */
export interface ContainerSummary {
  Id: string;
  Names: string[];
  Image: string;
  ImageID: string;
  Command: string;
  /** seconds since the epoch */
  Created: number;
  Ports: PortSummary[];
  SizeRw?: number;
  SizeRootFs?: number;
  Labels: Record<string, string>;
  State: ContainerStatus;
  Status: string;
  HostConfig: { NetworkMode: string; Annotations?: Record<string, string> };
  Health?: { Status: string; FailingStreak: number };
  NetworkSettings: { Networks: Record<string, EndpointSettings> };
  Mounts: MountPoint[];
}

/** Pure. `now` in ms since the epoch. `Image` is as typed at create; list.ts replaces it when it no longer means this image. */
export function toSummary(vm: Vm, now: number, health: Omit<Health, 'Log'> | null = null): ContainerSummary {
  const config = configOf(vm);
  const hostConfig = hostConfigOf(vm);
  return {
    Id: dockerIdOf(vm),
    Names: vm.alias === null ? [] : [`/${vm.alias}`],
    Image: config.Image,
    ImageID: text(vm.internal_metadata[MD.imageId]),
    Command: commandText(...commandOf(config)),
    Created: Math.trunc(Date.parse(vm.create_timestamp) / 1000),
    Ports: toPortList(vm),
    Labels: config.Labels,
    State: statusOf(vm),
    Status: statusText(vm, now, health),
    HostConfig: {
      NetworkMode: hostConfig.NetworkMode ?? 'bridge',
      ...(hostConfig.Annotations ? { Annotations: hostConfig.Annotations } : {}),
    },
    Health: { Status: health?.Status ?? 'none', FailingStreak: health?.FailingStreak ?? 0 },
    NetworkSettings: { Networks: toNetworks(vm) },
    Mounts: toMounts(vm),
  };
}

/** Arguments with a blank in them stand in quotes. */
function commandText(path: string, args: string[]): string {
  return [path, ...args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))].join(' ');
}
