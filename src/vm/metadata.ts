// Reads the docker:* metadata of a VM back into Docker's shapes; broken or missing JSON counts as absent.
import { MD, tagToLabel } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { ContainerConfig, HostConfig } from '#src/containers/types.ts';

/** The whole Docker id; a VM without docker:id shows its 32 hex digits, as the old sdc-docker does. */
export function dockerIdOf(vm: Vm): string {
  const id = vm.internal_metadata[MD.id];
  return typeof id === 'string' && id !== '' ? id : vm.uuid.replaceAll('-', '');
}

/** Config as it was created; for a VM of the old sdc-docker, what the single keys say. */
export function configOf(vm: Vm): ContainerConfig {
  const md = vm.internal_metadata;
  const stored = parseObject(md[MD.config]) as Partial<ContainerConfig>;
  return {
    Hostname: vm.hostname ?? dockerIdOf(vm).slice(0, 12),
    Domainname: vm.dns_domain ?? '',
    User: text(md[MD.user]),
    AttachStdin: md[MD.attachStdin] === true,
    AttachStdout: md[MD.attachStdout] === true,
    AttachStderr: md[MD.attachStderr] === true,
    Tty: md[MD.tty] === true,
    OpenStdin: md[MD.openStdin] === true,
    StdinOnce: false,
    Env: parseStrings(md[MD.env]),
    Cmd: parseStrings(md[MD.cmd]),
    Image: text(md[MD.imageName]),
    Volumes: null,
    WorkingDir: text(md[MD.workdir]),
    Entrypoint: parseStrings(md[MD.entrypoint]),
    OnBuild: null,
    ...stored,
    Labels: labelsOf(vm),
  };
}

/** HostConfig as it was created, whole for our own VMs. */
export function hostConfigOf(vm: Vm): Partial<HostConfig> {
  const stored = parseObject(vm.internal_metadata[MD.hostConfig]) as Partial<HostConfig>;
  return {
    NetworkMode: 'bridge',
    LogConfig: { Type: text(vm.internal_metadata[MD.logDriver]) || 'json-file', Config: {} },
    ...stored,
  };
}

/** What was asked per network at create. */
export function endpointsOf(vm: Vm): Record<string, Record<string, unknown>> {
  return parseObject(vm.internal_metadata[MD.networkingConfig]) as Record<string, Record<string, unknown>>;
}

/** Labels, from the tags: they are what VMAPI can search and what an operator changes. */
export function labelsOf(vm: Vm): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [tag, value] of Object.entries(vm.tags)) {
    const label = tagToLabel(tag);
    if (label !== null) labels[label] = String(value);
  }
  return labels;
}

/** Config digest of the image it was made from, '' when unknown. */
export function imageIdOf(vm: Vm): string {
  return text(vm.internal_metadata[MD.imageId]);
}

export function isTty(vm: Vm): boolean {
  return configOf(vm).Tty;
}

/** Text of a metadata value, '' when it is no text. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parseObject(json: unknown): object {
  if (typeof json !== 'string') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

function parseStrings(json: unknown): string[] | null {
  if (typeof json !== 'string') return null;
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.length > 0 ? value.map(String) : null;
  } catch {
    return null;
  }
}
