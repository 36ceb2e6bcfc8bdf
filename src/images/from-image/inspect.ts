// An image record as the newest answer of ImageInspect.
import type { DockerImage } from '#lib/store/types.ts';
import { goTime } from '#src/vm/state.ts';
import { type NamedImage, repoDigests, repoTags } from '../references.ts';
import { createdText, diffIds, historyOf, type Json, objectOf, runConfig, textOf } from './config-json.ts';

/** Name of the layer store, the same as the containers' Driver. */
const DRIVER = 'overlayfs';

/** Newest shape (1.55, no containerd image store). Fields that Go leaves out when empty are not there. */
export interface ImageInspect {
  Id: string;
  RepoTags: string[];
  RepoDigests: string[];
  Comment?: string;
  Created?: string;
  Author?: string;
  Config: Json;
  Architecture: string;
  Variant?: string;
  Os: string;
  OsVersion?: string;
  Size: number;
  GraphDriver: { Data: Record<string, string> | null; Name: string };
  RootFS: { Type: string; Layers?: string[] };
  Metadata: { LastTagTime: string };
  /** Below only with a value: the old builder's. */
  Parent?: string;
  DockerVersion?: string;
}

/** Pure. */
export function toInspect({ image, references }: NamedImage): ImageInspect {
  const { image: json } = image;
  const layers = diffIds(image);
  return {
    Id: image.config_digest,
    RepoTags: repoTags(references),
    RepoDigests: repoDigests(references),
    ...filled('Comment', textOf(json.comment) || (historyOf(image).at(-1)?.comment ?? '')),
    ...filled('Created', createdText(image)),
    ...filled('Author', textOf(json.author)),
    Config: toImageConfig(image),
    Architecture: textOf(json.architecture),
    ...filled('Variant', textOf(json.variant)),
    Os: textOf(json.os) || 'linux',
    ...filled('OsVersion', textOf(json['os.version'])),
    Size: image.size,
    GraphDriver: { Data: null, Name: DRIVER },
    RootFS: {
      Type: textOf(objectOf(json.rootfs).type) || 'layers',
      ...(layers.length > 0 ? { Layers: layers } : {}),
    },
    // As in dockerd, a pull is no tagging.
    Metadata: { LastTagTime: goTime(image.last_tagged) },
    ...filled('Parent', image.parent),
    ...filled('DockerVersion', textOf(json.docker_version)),
  };
}

const CONFIG_FIELDS = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Healthcheck',
  'ArgsEscaped',
  'Volumes',
  'WorkingDir',
  'Labels',
  'OnBuild',
  'StopSignal',
  'Shell',
];

/** The fields that an image's configuration has in the OCI spec, and Docker's own three; empty ones are left out. Pure. */
export function toImageConfig(image: DockerImage): Json {
  const config = runConfig(image);
  return Object.fromEntries(
    CONFIG_FIELDS.filter((name) => !isEmpty(config[name])).map((name) => [name, config[name]]),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function filled<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [key]: value } as Record<K, string>);
}
