// A VM as the answer of GET /containers/:id/json, newest API version (older ones: versions.ts).
import { MD } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Health } from '#src/health/view.ts';
import { configOf, dockerIdOf, hostConfigOf, text } from '#src/vm/metadata.ts';
import { type ContainerState, goTime, toState } from '#src/vm/state.ts';
import type { ContainerConfig, HostConfig, MountPoint } from '../types.ts';
import { toMounts } from './mounts.ts';
import { type NetworkSettings, toNetworkSettings } from './networks.ts';

/** Docker's ContainerInspectResponse. */
export interface InspectResponse {
  Id: string;
  Created: string;
  Path: string;
  Args: string[];
  State: ContainerState & { Health?: Health };
  Image: string;
  ResolvConfPath: string;
  HostnamePath: string;
  HostsPath: string;
  LogPath: string;
  Name: string;
  RestartCount: number;
  Driver: string;
  Platform: string;
  MountLabel: string;
  ProcessLabel: string;
  AppArmorProfile: string;
  ExecIDs: string[] | null;
  HostConfig: Partial<HostConfig>;
  GraphDriver: { Data: Record<string, string> | null; Name: string };
  SizeRw?: number;
  SizeRootFs?: number;
  Mounts: MountPoint[];
  Config: ContainerConfig;
  NetworkSettings: NetworkSettings;
}

/** Name of the layer store that every compute node of ours uses. */
const DRIVER = 'overlayfs';

/** Pure. `execIds`: exec instances that run in it now. `health`: null where Docker shows none. */
export function toInspect(vm: Vm, execIds: string[], health: Health | null = null): InspectResponse {
  const md = vm.internal_metadata;
  const config = configOf(vm);
  const hostConfig = hostConfigOf(vm);
  const [path, args] = commandOf(config);
  const restarts = md[MD.restartCount];
  return {
    Id: dockerIdOf(vm),
    Created: goTime(vm.create_timestamp),
    Path: path,
    Args: args,
    State: { ...toState(vm), ...(health ? { Health: health } : {}) },
    Image: text(md[MD.imageId]),
    // These files lie on the compute node, where no client can read them.
    ResolvConfPath: '',
    HostnamePath: '',
    HostsPath: '',
    LogPath: '',
    Name: `/${vm.alias ?? ''}`,
    RestartCount: typeof restarts === 'number' ? restarts : 0,
    Driver: DRIVER,
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execIds.length > 0 ? execIds : null,
    HostConfig: hostConfig,
    GraphDriver: { Data: null, Name: DRIVER },
    Mounts: toMounts(vm),
    Config: config,
    NetworkSettings: toNetworkSettings(vm),
  };
}

/** What runs: Path and Args. */
export function commandOf(config: Pick<ContainerConfig, 'Entrypoint' | 'Cmd'>): [string, string[]] {
  const [path = '', ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  return [path, args];
}
