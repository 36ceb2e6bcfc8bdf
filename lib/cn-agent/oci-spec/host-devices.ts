// Looks up the host's device nodes that a container asks for: --device, --privileged, limits per block device.
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { DEVICE_LIMITS } from '#lib/docker-vm/device-limits.ts';
import { TritonError } from '#lib/wire/errors.ts';
import type { DeviceMapping, HostConfig } from './docker-settings.ts';
import type { OciDevice, SpecInput } from './types.ts';

/** Of /dev these are the container's own, or no devices (containerd oci.HostDevices leaves out the same). */
const OWN = ['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console'];
const DIR = 'directory';

/**
 * What `SpecInput.devices` and `.deviceNumbers` want. Reads nothing when HostConfig names no device and is not privileged.
 * Throws TritonError VmStartFailed with dockerd's text for a device that is not there.
 */
export async function readHostDevices(
  host: HostConfig,
): Promise<Required<Pick<SpecInput, 'devices' | 'deviceNumbers'>>> {
  const all = host.Privileged ? await walk('/dev', '/dev') : [];
  const seen = new Set(all.map((device) => device.path));
  const mapped = await Promise.all((host.Devices ?? []).map((mapping) => mappedDevices(mapping)));
  return {
    devices: [
      ...all.map((device) => ({ device, access: 'rwm' })),
      ...mapped.flat().filter(({ device }) => !seen.has(device.path)),
    ],
    deviceNumbers: await deviceNumbersOf(host),
  };
}

/** Those of the devices that limits name, by path. Throws TritonError VmStartFailed as readHostDevices does. */
export async function deviceNumbersOf(host: HostConfig): Promise<NonNullable<SpecInput['deviceNumbers']>> {
  return Object.fromEntries(await Promise.all(limitedPaths(host).map(numbersOf)));
}

async function mappedDevices(mapping: DeviceMapping): Promise<{ device: OciDevice; access: string }[]> {
  const { PathOnHost: asked, PathInContainer: inside, CgroupPermissions } = mapping;
  const source = await realpath(asked).catch(() => asked);
  const found = await deviceAt(source, inside || asked);
  const list = found === DIR ? await walk(source, inside || asked) : found ? [found] : [];
  if (list.length === 0)
    throw new TritonError(
      'VmStartFailed',
      500,
      `error gathering device information while adding custom device "${asked}": ${found === null ? 'no such file or directory' : 'not a device node'}`,
    );
  return list.map((device) => ({ device, access: CgroupPermissions || 'rwm' }));
}

async function walk(dir: string, inside: string): Promise<OciDevice[]> {
  const names = (await readdir(dir)).filter((name) => dir !== '/dev' || !OWN.includes(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const device = await deviceAt(path.join(dir, name), path.join(inside, name), false);
      return device === DIR ? walk(path.join(dir, name), path.join(inside, name)) : device ? [device] : [];
    }),
  );
  return found.flat();
}

/** null: nothing there; undefined: something, but no device; symbolic links inside a directory are no devices. */
async function deviceAt(
  file: string,
  inside: string,
  follow = true,
): Promise<OciDevice | typeof DIR | null | undefined> {
  // Not by realpath: /dev/stderr leads to a pipe or a socket, which have no path.
  const info = await (follow ? stat(file) : lstat(file)).catch(() => null);
  if (info === null) return null;
  if (info.isDirectory()) return DIR;
  const type = info.isBlockDevice() ? 'b' : info.isCharacterDevice() ? 'c' : null;
  if (type === null) return undefined;
  const [major, minor] = split(info.rdev);
  return { path: inside, type, major, minor, fileMode: info.mode & 0o777, uid: info.uid, gid: info.gid };
}

function limitedPaths(host: HostConfig): string[] {
  return DEVICE_LIMITS.flatMap((key) => (host[key] ?? []).map(({ Path }) => Path));
}

async function numbersOf(file: string): Promise<[string, [number, number]]> {
  const info = await stat(file).catch(() => null);
  if (info === null) throw new TritonError('VmStartFailed', 500, `stat ${file}: no such file or directory`);
  return [file, split(info.rdev)];
}

/** glibc's makedev taken apart, for numbers below 2^32. */
function split(rdev: number): [number, number] {
  return [(rdev >>> 8) & 0xfff, (rdev & 0xff) | ((rdev >>> 12) & 0xfff00)];
}
