// Which namespaces a container has of its own, joins, or shares with the host.
import { TritonError } from '#lib/wire/errors.ts';
import type { HostConfig } from './docker-settings.ts';
import type { OciNamespace, SpecInput } from './types.ts';

/** The OCI namespace list. A type that is not in it is the host's. */
export function namespaces(input: SpecInput, host: HostConfig): OciNamespace[] {
  const list: OciNamespace[] = [{ type: 'mount' }];
  if (input.netnsPath !== null) list.push({ type: 'network', path: input.netnsPath });
  if (host.UTSMode !== 'host') list.push({ type: 'uts' });
  add(list, 'pid', host.PidMode, input.joinNamespaces?.pid);
  add(list, 'ipc', host.IpcMode, input.joinNamespaces?.ipc);
  if (cgroupMode(input, host) === 'private') list.push({ type: 'cgroup' });
  return list;
}

/** Docker's default: private where the host has cgroup v2 only, else the host's. */
export function cgroupMode(input: SpecInput, host: HostConfig): string {
  return host.CgroupnsMode || (input.host.cgroup === 'v2' && !host.Privileged ? 'private' : 'host');
}

function add(
  list: OciNamespace[],
  type: 'pid' | 'ipc',
  mode: string | undefined,
  path: string | undefined,
): void {
  if (mode === 'host') return;
  if (!mode?.startsWith('container:')) {
    list.push({ type });
    return;
  }
  if (path === undefined)
    throw new TritonError(
      'VmStartFailed',
      500,
      `cannot join ${type} of a non running container: ${mode.slice(10)}`,
    );
  list.push({ type, path });
}
