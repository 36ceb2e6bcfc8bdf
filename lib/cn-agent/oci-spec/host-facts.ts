// Finds out, once at start, what this machine can do for a container.
import { access, readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CAPABILITY_NAMES } from '#lib/docker-vm/capabilities.ts';
import { isAppArmorOn, loadedProfiles } from '../apparmor/profiles.ts';
import { loadSeccompProfile } from './seccomp-profile.ts';
import type { HostFacts } from './types.ts';

const CGROUP = '/sys/fs/cgroup';
/** Debian's tini puts docker-init there; the second is docker.io's own. Both static. */
const INITS = ['/usr/bin/docker-init', '/usr/bin/tini-static', '/usr/libexec/docker/docker-init'];

/** Reads /proc, /sys and the kernel's config. Nothing is cached: call it once. */
export async function readHostFacts(): Promise<HostFacts> {
  const status = await readFile('/proc/self/status', 'utf8');
  const cgroup = await cgroupFacts();
  const [major = 0, minor = 0] = os.release().split(/[.-]/).map(Number);
  return {
    ...cgroup,
    capabilities: boundingSet(status),
    x32: await hasX32(),
    arch: process.arch,
    kernel: [major, minor],
    memoryBytes: os.totalmem(),
    cpus: os.cpus().length,
    initPath: await firstThatExists(INITS),
    hostname: os.hostname(),
    thermalThrottle: await thermalThrottle(),
    appArmor: (await isAppArmorOn()) ? await loadedProfiles() : null,
    cpuRealtime: await exists(`${CGROUP}/cpu/cpu.rt_runtime_us`),
    seccomp: /^Seccomp:/m.test(status) ? loadSeccompProfile() : null,
  };
}

/** CapBnd of a /proc/<pid>/status, as names. */
export function boundingSet(status: string): string[] {
  const mask = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return CAPABILITY_NAMES.filter((_name, number) => (mask >> BigInt(number)) & 1n);
}

type CgroupFacts = Pick<HostFacts, 'cgroup' | 'controllers' | 'swapLimit' | 'blkioWeight'>;

async function cgroupFacts(): Promise<CgroupFacts> {
  const v2 = await read(`${CGROUP}/cgroup.controllers`);
  if (v2 !== null) {
    const found = v2.trim().split(' ');
    const own = path.join(CGROUP, /^0::(.*)$/m.exec((await read('/proc/self/cgroup')) ?? '')?.[1] ?? '');
    return {
      cgroup: 'v2',
      // In v2 the controller "io" does what "blkio" did.
      controllers: found.map((name) => (name === 'io' ? 'blkio' : name)),
      swapLimit: await exists(`${own}/memory.swap.max`),
      blkioWeight: (await firstThatExists([`${own}/io.weight`, `${own}/io.bfq.weight`])) !== null,
    };
  }
  const mounted = await readdir(CGROUP).catch(() => []);
  const hybrid = await exists(`${CGROUP}/unified/cgroup.procs`);
  return {
    cgroup: hybrid ? 'hybrid' : 'v1',
    controllers: mounted.flatMap((name) => name.split(',')),
    swapLimit: await exists(`${CGROUP}/memory/memory.memsw.limit_in_bytes`),
    blkioWeight: (await firstThatExists(BLKIO_WEIGHTS)) !== null,
  };
}

const BLKIO_WEIGHTS = [`${CGROUP}/blkio/blkio.weight`, `${CGROUP}/blkio/blkio.bfq.weight`];

/** Unknown counts as yes: a filter too many is safe, one too few is a hole. */
async function hasX32(): Promise<boolean> {
  if (process.arch !== 'x64') return false;
  const config = await kernelConfig();
  return config === null || /^CONFIG_X86_X32(_ABI)?=y$/m.test(config);
}

async function kernelConfig(): Promise<string | null> {
  const packed = await readFile('/proc/config.gz').catch(() => null);
  return packed === null ? read(`/boot/config-${os.release()}`) : gunzipSync(packed).toString('utf8');
}

async function thermalThrottle(): Promise<string[]> {
  const root = '/sys/devices/system/cpu';
  const cpus = (await readdir(root).catch(() => [])).filter((name) => /^cpu\d+$/.test(name));
  const paths = cpus.map((name) => `${root}/${name}/thermal_throttle`);
  const there = await Promise.all(paths.map(exists));
  return paths.filter((_path, at) => there[at]);
}

async function firstThatExists(paths: string[]): Promise<string | null> {
  const there = await Promise.all(paths.map(exists));
  return paths.find((_path, at) => there[at]) ?? null;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
