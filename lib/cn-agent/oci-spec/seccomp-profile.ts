// Reads etc/seccomp.json, Docker's default profile in a short form, and spells it out as a profile.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SeccompProfile } from './types.ts';

type Names = string | string[];

/** The file's form. `noneOf` is a bit mask: the masked argument must be 0. */
interface ShortProfile {
  always: Names;
  fromKernel: Record<string, Names>;
  onArchitecture: Record<string, Names>;
  withCapability: Record<string, Names>;
  byArgument: {
    syscall: string;
    argument: number;
    below?: number[];
    equal?: number[];
    above?: number[];
    noneOf?: number;
    unlessCapability?: string;
  }[];
  refused: { syscall: string; errno: number; unlessCapability: string }[];
  architectures: Record<string, string[]>;
}

const ALLOW = 'SCMP_ACT_ALLOW';
const EPERM = 1;

/** The default profile. Reads one file; call it once at start. */
export function loadSeccompProfile(): SeccompProfile {
  const file = path.resolve(import.meta.dirname, '../../../etc/seccomp.json');
  return expandProfile(JSON.parse(readFileSync(file, 'utf8')) as ShortProfile);
}

/** Short form → Docker's form. Pure. */
export function expandProfile(short: ShortProfile): SeccompProfile {
  const allow = (names: Names, includes?: Rule['includes']): Rule => ({
    names: words(names),
    action: ALLOW,
    ...(includes ? { includes } : {}),
  });
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    archMap: Object.entries(short.architectures).map(([architecture, subArchitectures]) => ({
      architecture,
      subArchitectures,
    })),
    syscalls: [
      allow(short.always),
      ...Object.entries(short.fromKernel).map(([minKernel, names]) => allow(names, { minKernel })),
      ...Object.entries(short.onArchitecture).map(([arch, names]) => allow(names, { arches: [arch] })),
      ...Object.entries(short.withCapability).map(([cap, names]) => allow(names, { caps: [cap] })),
      ...short.byArgument.flatMap(argumentRules),
      ...short.refused.map(({ syscall, errno, unlessCapability }) => ({
        names: [syscall],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: errno,
        excludes: { caps: [unlessCapability] },
      })),
    ],
  };
}

type Rule = SeccompProfile['syscalls'][number];

/** One rule per value: libseccomp joins rules of one call by OR, but allows an argument only once within a rule. */
function argumentRules(entry: ShortProfile['byArgument'][number]): Rule[] {
  const tests = [
    ...(entry.below ?? []).map((value) => ({ op: 'SCMP_CMP_LT', value })),
    ...(entry.equal ?? []).map((value) => ({ op: 'SCMP_CMP_EQ', value })),
    ...(entry.above ?? []).map((value) => ({ op: 'SCMP_CMP_GT', value })),
    ...(entry.noneOf === undefined ? [] : [{ op: 'SCMP_CMP_MASKED_EQ', value: entry.noneOf, valueTwo: 0 }]),
  ];
  return tests.map((test) => ({
    names: [entry.syscall],
    action: ALLOW,
    args: [{ index: entry.argument, ...test }],
    ...(entry.unlessCapability ? { excludes: { caps: [entry.unlessCapability] } } : {}),
  }));
}

function words(names: Names): string[] {
  return (Array.isArray(names) ? names.join(' ') : names).split(' ');
}
