// Every difference of GET /info between API versions, as edits of the newest answer.
import type { ApiVersion } from '#src/api/version.ts';
import type { Info } from './to-info.ts';

interface Edit {
  /** For versions below 1.<before>. */
  before: number;
  apply(info: Info): Info;
}

const EDITS: readonly Edit[] = [
  // Old clients warn of a "disabled" bridge-nf-call when these are not true.
  { before: 50, apply: (info) => ({ ...info, BridgeNfIptables: true, BridgeNfIp6tables: true }) },
  // The firewall was not told; versions of the parts came with what was expected of them.
  {
    before: 49,
    apply: ({ FirewallBackend: _backend, ...info }) => ({
      ...info,
      ContainerdCommit: withExpected(info.ContainerdCommit),
      RuncCommit: withExpected(info.RuncCommit),
      InitCommit: withExpected(info.InitCommit),
    }),
  },
  {
    before: 47,
    apply: (info) => ({
      ...info,
      RegistryConfig: {
        AllowNondistributableArtifactsCIDRs: null,
        AllowNondistributableArtifactsHostnames: null,
        ...(info.RegistryConfig as Info),
      },
    }),
  },
  { before: 44, apply: ({ CDISpecDirs: _dirs, ...info }) => info },
  { before: 42, apply: (info) => ({ ...info, KernelMemory: false, KernelMemoryTCP: false }) },
  {
    before: 25,
    apply: (info) => ({
      ...info,
      ExecutionDriver: '<not supported>',
      SecurityOptions: (info.SecurityOptions as string[]).map(nameOnly),
    }),
  },
];

/** Pure. */
export function infoForVersion(info: Info, version: ApiVersion): Info {
  return EDITS.filter((edit) => version < edit.before).reduce((edited, edit) => edit.apply(edited), info);
}

function withExpected(commit: unknown): Info {
  const { ID } = commit as { ID: string };
  return { ID, Expected: ID };
}

/** 'name=seccomp,profile=builtin' → 'seccomp' */
function nameOnly(option: string): string {
  return /^name=([^,]*)/.exec(option)?.[1] ?? option;
}
