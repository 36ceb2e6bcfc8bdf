// What a client asks of a build; what sdc-docker does not do is refused by name.

import { readPlatform } from '#src/api/platform.ts';
import { queryBool, queryInt } from '#src/api/query.ts';
import type { Req } from '#src/context.ts';
import { invalid, notImplemented } from '#src/errors.ts';

export interface BuildOptions {
  dockerfile: string;
  tags: string[];
  quiet: boolean;
  noCache: boolean;
  pull: boolean;
  remove: boolean;
  forceRemove: boolean;
  /** null: the client's environment did not have it. */
  buildArgs: Map<string, string | null>;
  labels: Record<string, string>;
  target: string;
  platform: string;
  /** Of the containers that steps run in. */
  hostConfig: Record<string, unknown>;
}

type Query = Pick<Req, 'query' | 'queryAll'>;

/** Pure. Throws DockerError invalid, or notImplemented. */
export function parseOptions({ query, queryAll }: Query): BuildOptions {
  refuse(query);
  const rm = query.rm ?? '';
  return {
    dockerfile: query.dockerfile || 'Dockerfile',
    tags: queryAll.getAll('t').filter((tag) => tag !== ''),
    quiet: queryBool(query.q),
    noCache: queryBool(query.nocache),
    pull: queryBool(query.pull),
    remove: rm === '' || queryBool(rm),
    forceRemove: queryBool(query.forcerm),
    buildArgs: new Map(Object.entries(mapOf(query.buildargs, 'build args', true))),
    labels: mapOf(query.labels, 'labels', false) as Record<string, string>,
    target: query.target ?? '',
    platform: query.platform ? readPlatform(query.platform).text : '',
    hostConfig: hostConfigOf(query, queryAll),
  };
}

function refuse(query: Req['query']): void {
  const no = (what: string): never => {
    throw notImplemented(`${what} is not implemented yet by sdc-docker`);
  };
  if (query.version !== undefined && !['', '1'].includes(query.version))
    no('building with BuildKit (version=2; use DOCKER_BUILDKIT=0)');
  if (query.outputs && query.outputs !== '[]') no('the outputs of a build (--output)');
  if (queryBool(query.squash)) no('squashing (--squash)');
  if (query.remote) no('a build context that is fetched from elsewhere (git or a URL)');
  if (query.isolation && query.isolation !== 'default')
    throw invalid(`unsupported isolation mode: ${query.isolation}`);
  if (query.securityopt && query.securityopt !== '[]' && query.securityopt !== 'null')
    throw invalid('The daemon on this platform does not support setting security options on build');
}

/** A JSON object of texts. */
function mapOf(json: string | undefined, what: string, nulls: boolean): Record<string, string | null> {
  if (json === undefined || json === '' || json === 'null') return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Without the parser's message: that one quotes the text, and build args may be secret.
    throw invalid(`error reading ${what}: it is not JSON`);
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || !Object.values(value as object).every((v) => typeof v === 'string' || (nulls && v === null)))
    throw invalid(`error reading ${what}: it is not a map of texts`);
  return value as Record<string, string | null>;
}

function hostConfigOf(query: Req['query'], all: URLSearchParams): Record<string, unknown> {
  const number = (key: string): number => queryInt(query[key]) ?? 0;
  const hosts = all.getAll('extrahosts').flatMap(listOf);
  return {
    NetworkMode: query.networkmode ?? '',
    ShmSize: number('shmsize'),
    ExtraHosts: hosts.length > 0 ? hosts : null,
    Memory: number('memory'),
    MemorySwap: number('memswap'),
    CpuShares: number('cpushares'),
    CpuPeriod: number('cpuperiod'),
    CpuQuota: number('cpuquota'),
    CpusetCpus: query.cpusetcpus ?? '',
    CpusetMems: query.cpusetmems ?? '',
    CgroupParent: query.cgroupparent ?? '',
    Ulimits: ulimitsOf(query.ulimits),
  };
}

/** docker-py sends its map as JSON, the CLI each by itself. */
function listOf(text: string): string[] {
  if (text === '' || text === 'null') return [];
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.map(String);
    if (typeof value === 'object' && value !== null)
      return Object.entries(value).map(([name, address]) => `${name}:${String(address)}`);
  } catch {
    // one of the CLI's
  }
  return text.split(',');
}

function ulimitsOf(json: string | undefined): unknown[] | null {
  if (json === undefined || json === '' || json === 'null') return null;
  try {
    const list: unknown = JSON.parse(json);
    if (Array.isArray(list)) return list;
  } catch {
    // told below
  }
  throw invalid('error reading ulimit settings: it is not a list');
}
