// What dockerd checks in a create request before it touches anything, with its texts; every failure is a 400.

import { isIP } from 'node:net';
import { posix } from 'node:path';
import { parseSignal } from '#src/containers/signals.ts';
import type { ContainerConfig, CreateRequest, HealthConfig, HostConfig } from '#src/containers/types.ts';
import { invalid } from '#src/errors.ts';
import { validateCapabilities, validateSecurityOptions } from './validate-isolation.ts';
import { validateMounts } from './validate-mounts.ts';
import { validatePorts } from './validate-ports.ts';
import { validateResources } from './validate-resources.ts';
import { validateRestartPolicy } from './validate-restart-policy.ts';

const MAX_HOSTNAME = 64;
const MIN_HEALTH_DURATION = 1_000_000;
const NAME = /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Throws DockerError invalid for a name dockerd would not take. '' means: choose one. */
export function validateName(name: string): void {
  if (name !== '' && !NAME.test(name)) {
    throw invalid(`Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  }
}

/** Throws DockerError invalid. Runs before applyDefaults, as some defaults would not pass for wishes. */
export function validateCreate({ config, hostConfig, endpoints }: CreateRequest): void {
  validateNetworkMode(config, hostConfig);
  validateConfig(config);
  validateHostConfig(hostConfig);
  if (Buffer.byteLength(config.Hostname) > MAX_HOSTNAME) {
    throw invalid(`hostname ${JSON.stringify(config.Hostname)} is too long (maximum ${MAX_HOSTNAME} bytes)`);
  }
  validateResources(hostConfig);
  validateNamespaces(hostConfig);
  for (const [name, endpoint] of Object.entries(endpoints)) {
    if (endpoint === null) throw invalid(`invalid config for network ${name}: EndpointsConfig is nil`);
  }
}

function validateConfig(config: ContainerConfig): void {
  if (config.WorkingDir !== '') {
    if (!posix.isAbsolute(config.WorkingDir)) {
      throw invalid(
        `the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`,
      );
    }
  }
  if (config.StopSignal) parseSignal(config.StopSignal);
  for (const entry of config.Env ?? []) {
    if (entry === '' || entry.startsWith('=')) throw invalid(`invalid environment variable: ${entry}`);
  }
  if (config.Healthcheck) validateHealth(config.Healthcheck);
}

function validateHealth(health: HealthConfig): void {
  const check = (key: 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'): void => {
    const value = health[key] ?? 0;
    if (value !== 0 && value < MIN_HEALTH_DURATION) {
      throw invalid(`${key} in Healthcheck cannot be less than 1ms`);
    }
  };
  check('Interval');
  check('Timeout');
  if ((health.Retries ?? 0) < 0) throw invalid('Retries in Healthcheck cannot be negative');
  check('StartPeriod');
  check('StartInterval');
}

function validateHostConfig(host: HostConfig): void {
  if (host.AutoRemove && host.RestartPolicy.Name !== '' && host.RestartPolicy.Name !== 'no') {
    throw invalid("can't create 'AutoRemove' container with restart policy");
  }
  validateMounts(host);
  for (const entry of host.ExtraHosts ?? []) validateExtraHost(entry);
  for (const server of host.Dns ?? []) {
    if (isIP(server) === 0) {
      throw invalid(`invalid JSON: ParseAddr(${JSON.stringify(server)}): unable to parse IP`);
    }
  }
  validatePorts(host.PortBindings);
  validateRestartPolicy(host.RestartPolicy);
  validateCapabilities(host);
  validateSecurityOptions(host.SecurityOpt ?? []);
  if (!['', 'default'].includes(host.Isolation.toLowerCase())) {
    throw invalid(`invalid isolation (${host.Isolation}): linux only supports 'default'`);
  }
  if (Object.hasOwn(host.Annotations ?? {}, '')) {
    throw invalid('invalid Annotations: the empty string is not permitted as an annotation key');
  }
}

function validateExtraHost(entry: string): void {
  const at = entry.indexOf(':');
  if (at <= 0) throw invalid(`bad format for add-host: ${JSON.stringify(entry)}`);
  const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
  if (address !== 'host-gateway' && isIP(address) === 0) {
    throw invalid(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
}

function validateNetworkMode(config: ContainerConfig, host: HostConfig): void {
  if (host.UTSMode === 'host' && config.Hostname !== '') {
    throw invalid('conflicting options: hostname and the UTS mode');
  }
  if (host.NetworkMode === 'host' && host.Links?.length) {
    throw invalid(
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    );
  }
  if (host.NetworkMode !== 'container' && !host.NetworkMode.startsWith('container:')) return;
  if (host.NetworkMode.replace(/^container:?/, '') === '') {
    throw invalid('invalid network mode: invalid container format container:<name|id>');
  }
  if (config.Hostname !== '') throw invalid('conflicting options: hostname and the network mode');
  if (host.Links?.length) {
    throw invalid(
      "conflicting options: container type network can't be used with links. This would result in undefined behavior",
    );
  }
  if (host.Dns?.length) throw invalid('conflicting options: dns and the network mode');
  if (host.ExtraHosts?.length) {
    throw invalid('conflicting options: custom host-to-IP mapping and the network mode');
  }
  if (Object.keys(host.PortBindings).length > 0 || host.PublishAllPorts) {
    throw invalid('conflicting options: port publishing and the container type network mode');
  }
  if (Object.keys(config.ExposedPorts ?? {}).length > 0) {
    throw invalid('conflicting options: port exposing and the container type network mode');
  }
}

function validateNamespaces(host: HostConfig): void {
  if (!/^(|host|private|none|shareable|container:.+)$/.test(host.IpcMode)) {
    throw invalid(`invalid IPC mode: ${host.IpcMode}`);
  }
  if (!/^(|host|container:.+)$/.test(host.PidMode)) throw invalid(`invalid PID mode: ${host.PidMode}`);
  if (!/^(|host)$/.test(host.UTSMode)) throw invalid(`invalid UTS mode: ${host.UTSMode}`);
  if (!/^(|host|private)$/.test(host.CgroupnsMode)) {
    throw invalid(`invalid cgroup namespace mode: ${host.CgroupnsMode}`);
  }
}
