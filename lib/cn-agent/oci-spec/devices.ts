// Device nodes inside the container and the rules of its device cgroup.
import { TritonError } from '#lib/wire/errors.ts';
import type { DeviceRequest, HostConfig } from './docker-settings.ts';
import type { OciDevice, OciDeviceRule, SpecInput } from './types.ts';

/** dockerd's list on top of runc's own: null, zero, full, random, urandom, tty, console; /dev/fuse is denied. */
const DEFAULT_RULES: OciDeviceRule[] = [
  { allow: false, access: 'rwm' },
  ...[
    [1, 3],
    [1, 5],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 1],
  ].map(([major, minor]) => ({ allow: true, type: 'c', major: major!, minor: minor!, access: 'rwm' })),
  { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
];
const RULE = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/;

/** Nodes (runc adds the standard ones itself) and cgroup rules. `input.devices` carries what stat said of the host's. */
export function devices(input: SpecInput, host: HostConfig): { nodes: OciDevice[]; rules: OciDeviceRule[] } {
  for (const request of host.DeviceRequests ?? []) throw noDriver(request);
  const given = input.devices ?? [];
  const nodes = given.map(({ device }) => device);
  if (host.Privileged) return { nodes, rules: [{ allow: true, access: 'rwm' }] };
  const ruled = given.map(({ device, access }) => ({
    allow: true,
    type: device.type,
    major: device.major,
    minor: device.minor,
    access,
  }));
  return { nodes, rules: [...DEFAULT_RULES, ...ruled, ...(host.DeviceCgroupRules ?? []).map(ruleOf)] };
}

/** No driver is known here, as on a dockerd without NVIDIA's runtime. Go's way to print a list of lists. */
function noDriver({ Driver, Capabilities }: DeviceRequest): TritonError {
  const lists = (Capabilities ?? []).map((names) => `[${names.join(' ')}]`);
  const text = `could not select device driver ${JSON.stringify(Driver ?? '')} with capabilities: [${lists.join(' ')}]`;
  return new TritonError('VmStartFailed', 500, text);
}

function ruleOf(text: string): OciDeviceRule {
  const match = RULE.exec(text);
  if (!match) throw new TritonError('VmStartFailed', 500, `invalid device cgroup rule format: '${text}'`);
  const number = (part: string) => (part === '*' ? -1 : Number(part));
  return {
    allow: true,
    type: match[1]!,
    major: number(match[2]!),
    minor: number(match[3]!),
    access: match[4]!,
  };
}
