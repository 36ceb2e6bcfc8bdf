// SystemVersion: GET /version.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { daemonVersion } from '#src/api/identity.ts';
import { formatApiVersion, MAX_VERSION, MIN_VERSION } from '#src/api/version.ts';
import type { Reply, Req } from '#src/context.ts';
import { type ServerFacts, toServerFacts } from './server-facts.ts';
import type { ServerLists } from './server-list.ts';

interface ComponentVersion {
  Name: string;
  Version: string;
  Details: Record<string, string>;
}

export interface VersionAnswer {
  Platform: { Name: string };
  Components: ComponentVersion[];
  Version: string;
  ApiVersion: string;
  MinAPIVersion: string;
  GitCommit: string;
  GoVersion: string;
  Os: string;
  Arch: string;
  KernelVersion?: string;
  BuildTime: string;
}

/** What this program is, apart from the servers. */
export interface Build {
  version: string;
  /** ISO time */
  time: string;
  /** 'v26.1.0' */
  node: string;
}

const PLATFORM = 'Triton sdc-docker';

/** uname -m → Go's GOARCH, which clients compare with an image's architecture. */
const GOARCH: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  i686: '386',
  i386: '386',
};

/** Handler of /version. */
export function systemVersion(lists: ServerLists): (req: Req) => Promise<Reply> {
  return async (req) => {
    const { servers } = await lists.get(req);
    return { status: 200, body: toVersion(toServerFacts(servers), thisBuild()) };
  };
}

/** Pure. The old fields on top are those of the Engine component. */
export function toVersion(facts: ServerFacts, build: Build): VersionAnswer {
  const api = { ApiVersion: formatApiVersion(MAX_VERSION), MinAPIVersion: formatApiVersion(MIN_VERSION) };
  const engine = {
    ...api,
    GitCommit: '',
    // Clients print it as it is; there is no Go in here.
    GoVersion: `node ${build.node}`,
    Os: 'linux',
    Arch: goArch(facts.machine),
    BuildTime: build.time,
    ...(facts.kernelVersion === '' ? {} : { KernelVersion: facts.kernelVersion }),
  };
  const parts = [
    { name: 'containerd', part: facts.containerd },
    { name: 'runc', part: facts.runc },
  ].flatMap(({ name, part }) =>
    part === null ? [] : [{ Name: name, Version: part.version, Details: { GitCommit: part.revision } }],
  );
  return {
    Platform: { Name: PLATFORM },
    Components: [
      { Name: 'Engine', Version: build.version, Details: { ...engine, Experimental: 'false' } },
      ...parts,
    ],
    Version: build.version,
    ...engine,
  };
}

export function goArch(machine: string): string {
  return GOARCH[machine] ?? machine;
}

/** There is no build step: the program is as old as its package.json. */
function thisBuild(): Build {
  const file = resolve(import.meta.dirname, '../../package.json');
  return { version: daemonVersion(), time: statSync(file).mtime.toISOString(), node: process.version };
}
