// The process of a container: arguments, environment, directory, limits.

import { askedProfile, DEFAULT_PROFILE } from '#lib/docker-vm/app-armor.ts';
import { linkEnvOf } from '#lib/docker-vm/links.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { containerCapabilities, ociCapabilities } from './capabilities.ts';
import type { DockerSettings, HostConfig } from './docker-settings.ts';
import type { OciProcess, OciRlimit, SpecInput } from './types.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Where the init of --init is seen inside. */
export const INIT_IN_CONTAINER = '/sbin/docker-init';

/** The OCI process. HOME is left to runc, which reads it from the container's own passwd, per process. */
export function containerProcess(input: SpecInput, settings: DockerSettings, hostname: string): OciProcess {
  const { hostConfig, tty } = settings;
  const size = hostConfig.ConsoleSize;
  const ownArgs = [...settings.entrypoint, ...settings.cmd];
  if (ownArgs.length === 0) throw new TritonError('VmStartFailed', 400, 'no command specified');
  const rlimits = ociRlimits(hostConfig);
  return {
    ...(tty ? { terminal: true } : {}),
    ...(tty && size && size[0] > 0 && size[1] > 0
      ? { consoleSize: { height: size[0], width: size[1] } }
      : {}),
    user: ociUser(input.user),
    args: usesInit(hostConfig) ? [INIT_IN_CONTAINER, '--', ...ownArgs] : ownArgs,
    env: containerEnv(settings.env, hostname, tty, linkEnvOf(input.vm.internal_metadata)),
    cwd: settings.workdir || '/',
    capabilities: ociCapabilities(containerCapabilities(hostConfig, input.host.capabilities)),
    ...(rlimits.length > 0 ? { rlimits } : {}),
    ...(switchOf(hostConfig, 'no-new-privileges') ? { noNewPrivileges: true } : {}),
    ...appArmor(hostConfig, input.host.appArmor),
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
  };
}

/** The primary gid is also a supplementary one, or a process could shed it with newgrp (CVE-2022-36109). */
export function ociUser(user: SpecInput['user']): OciProcess['user'] {
  return {
    uid: user.uid,
    gid: user.gid,
    additionalGids: [...new Set([user.gid, ...user.additionalGids])],
  };
}

/** An init makes sense only where the container is alone in its pid namespace. */
export function usesInit(host: HostConfig): boolean {
  return host.Init === true && host.PidMode !== 'host' && !host.PidMode?.startsWith('container:');
}

/** What links bring stands behind the defaults, and before what the container itself was given. */
function containerEnv(env: string[], hostname: string, tty: boolean, links: string[]): string[] {
  const defaults = [`PATH=${DEFAULT_PATH}`, `HOSTNAME=${hostname}`, ...(tty ? ['TERM=xterm'] : [])];
  return mergeEnv([...defaults, ...links], env);
}

/** Lays `over` on `base`: a known name is replaced in its place, a new one comes last, one without `=` is taken away. */
export function mergeEnv(base: string[], over: string[]): string[] {
  const merged = new Map(base.map((entry) => [nameOf(entry), entry]));
  for (const entry of over) {
    if (entry.includes('=')) merged.set(nameOf(entry), entry);
    else merged.delete(entry);
  }
  return [...merged.values()];
}

function nameOf(entry: string): string {
  return entry.slice(0, Math.max(entry.indexOf('='), 0)) || entry;
}

function ociRlimits(host: HostConfig): OciRlimit[] {
  return (host.Ulimits ?? []).map((limit) => ({
    type: `RLIMIT_${limit.Name.toUpperCase()}`,
    soft: rlimitNumber(limit.Soft),
    hard: rlimitNumber(limit.Hard),
  }));
}

/** 2^64-1, "unlimited", is no double: it must reach JSON digit by digit. Also mends a spec that was read back from JSON. */
export function rlimitNumber(value: number): number {
  if (value >= 0 && value < 2 ** 64) return value;
  // In every supported Node; TypeScript's library does not know it yet.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): number };
  return rawJSON('18446744073709551615');
}

/** As dockerd: its own profile where nothing was said, none for --privileged; without effect on a kernel without AppArmor. */
function appArmor(host: HostConfig, loaded: string[] | null): { apparmorProfile?: string } {
  if (loaded === null) return {};
  const asked = askedProfile(host.SecurityOpt);
  if (asked) return { apparmorProfile: asked };
  const isDefault = !host.Privileged && loaded.includes(DEFAULT_PROFILE);
  return isDefault ? { apparmorProfile: DEFAULT_PROFILE } : {};
}

/** Whether a switch of --security-opt is on: `name` or `name=true`, the last one counts. */
export function switchOf(host: HostConfig, name: string): boolean {
  let on = false;
  for (const option of host.SecurityOpt ?? []) {
    const [key, value = 'true'] = option.split(/[=:](.*)/s);
    if (key === name) on = ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value);
  }
  return on;
}
