// What a log driver may say of a container, from its VM.
import { MD, tagToLabel } from '#lib/docker-vm/metadata.ts';
import type { Vm } from '#lib/wire/types.ts';

/** dockerd's logger.Info, by its own field names, since tag templates use them. */
export interface LogInfo {
  Config: Record<string, string>;
  ContainerID: string;
  /** With its slash. */
  ContainerName: string;
  ContainerEntrypoint: string;
  ContainerArgs: string[];
  ContainerImageID: string;
  ContainerImageName: string;
  /** ISO */
  ContainerCreated: string;
  ContainerEnv: string[];
  ContainerLabels: Record<string, string>;
  LogPath: string;
  DaemonName: string;
}

/** Driver and options of a VM; json-file when nothing is said. Pure; broken JSON counts as absent. */
export function logConfigOf(vm: Vm): { driver: string; config: Record<string, string> } {
  const md = vm.internal_metadata;
  const config = parse(md[MD.logConfig]);
  const isObject = typeof config === 'object' && config !== null && !Array.isArray(config);
  const entries = Object.entries(isObject ? config : {}).map(([key, value]) => [key, String(value)]);
  return { driver: text(md[MD.logDriver]) || 'json-file', config: Object.fromEntries(entries) };
}

/** Pure. */
export function logInfoOf(vm: Vm): LogInfo {
  const md = vm.internal_metadata;
  const command = [...strings(md[MD.entrypoint]), ...strings(md[MD.cmd])];
  const labels = Object.entries(vm.tags).map(([tag, value]) => [tagToLabel(tag), String(value)] as const);
  return {
    Config: logConfigOf(vm).config,
    ContainerID: text(md[MD.id]) || vm.uuid.replaceAll('-', ''),
    ContainerName: `/${vm.alias ?? ''}`,
    ContainerEntrypoint: command[0] ?? '',
    ContainerArgs: command.slice(1),
    ContainerImageID: text(md[MD.imageId]),
    ContainerImageName: text(md[MD.imageName]),
    ContainerCreated: text(vm.create_timestamp),
    ContainerEnv: strings(md[MD.env]),
    ContainerLabels: Object.fromEntries(labels.filter(([label]) => label !== null)) as Record<string, string>,
    LogPath: '',
    DaemonName: 'docker',
  };
}

/** Entrypoint and arguments in one line. */
export function commandOf(info: LogInfo): string {
  return [info.ContainerEntrypoint, ...info.ContainerArgs].join(' ');
}

/** The first 12 digits of an id, without the name of its hash. */
export function shortId(id: string): string {
  return id.replace(/^[^:]*:/, '').slice(0, 12);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function strings(json: unknown): string[] {
  const value = parse(json);
  return Array.isArray(value) ? value.map(String) : [];
}

function parse(json: unknown): unknown {
  if (typeof json !== 'string') return null;
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
