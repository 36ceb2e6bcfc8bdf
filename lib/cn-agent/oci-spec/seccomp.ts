// Turns a seccomp profile (Docker's JSON form) into the OCI filter for one container on one machine.
import { TritonError } from '#lib/wire/errors.ts';
import type { HostConfig } from './docker-settings.ts';
import type { HostFacts, OciSeccomp, SeccompFilter, SeccompProfile } from './types.ts';

/** Node's arch → Docker's and libseccomp's word. */
const ARCH: Record<string, { docker: string; seccomp: string }> = {
  x64: { docker: 'amd64', seccomp: 'SCMP_ARCH_X86_64' },
  arm64: { docker: 'arm64', seccomp: 'SCMP_ARCH_AARCH64' },
  riscv64: { docker: 'riscv64', seccomp: 'SCMP_ARCH_RISCV64' },
};

/**
 * The filter of a container, or null for none: privileged, `seccomp=unconfined`, a kernel without seccomp.
 * `seccomp=JSON` is a profile of the user's (the CLI reads the file). Throws TritonError VmStartFailed with dockerd's text.
 */
export function containerSeccomp(host: HostConfig, facts: HostFacts, caps: string[]): OciSeccomp | null {
  const asked = askedProfile(host.SecurityOpt ?? []);
  if (facts.seccomp === null || asked === 'unconfined') return null;
  if (asked !== null && asked !== 'builtin') return seccompFilter(parseProfile(asked), facts, caps);
  return host.Privileged ? null : seccompFilter(facts.seccomp, facts, caps);
}

/** Applies the conditions of a profile: architecture, kernel, capabilities granted. */
export function seccompFilter(profile: SeccompProfile, facts: HostFacts, caps: string[]): OciSeccomp | null {
  if (!profile.defaultAction && profile.syscalls.length === 0) return null;
  const syscalls = profile.syscalls.filter((rule) => holds(rule, facts, caps));
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: architectures(profile, facts),
    ...(profile.flags?.length ? { flags: profile.flags } : {}),
    syscalls: syscalls.map((rule) => ({
      names: rule.name ? [rule.name] : (rule.names ?? []),
      action: rule.action,
      ...(rule.errnoRet === undefined ? {} : { errnoRet: rule.errnoRet }),
      ...(rule.args?.length ? { args: rule.args } : {}),
    })),
  };
}

/** x32 is left out where the kernel has none: it can never be entered there, and costs runc 5 ms a start. */
function architectures(profile: SeccompProfile, facts: HostFacts): string[] {
  if (profile.architectures?.length) return profile.architectures;
  const native = ARCH[facts.arch]?.seccomp;
  const entry = profile.archMap?.find(({ architecture }) => architecture === native);
  const all = entry ? [entry.architecture, ...(entry.subArchitectures ?? [])] : [];
  return all.filter((name) => facts.x32 || name !== 'SCMP_ARCH_X32');
}

type Rule = SeccompProfile['syscalls'][number];

function holds({ includes, excludes }: Rule, facts: HostFacts, caps: string[]): boolean {
  const arch = ARCH[facts.arch]?.docker ?? facts.arch;
  if (excludes?.arches?.includes(arch)) return false;
  if (excludes?.caps?.some((name) => caps.includes(name))) return false;
  if (excludes?.minKernel && isAtLeast(facts.kernel, excludes)) return false;
  if (includes?.arches?.length && !includes.arches.includes(arch)) return false;
  if (includes?.caps?.some((name) => !caps.includes(name))) return false;
  return !includes?.minKernel || isAtLeast(facts.kernel, includes);
}

function isAtLeast([major, minor]: [number, number], filter: SeccompFilter): boolean {
  const [wantMajor = 0, wantMinor = 0] = (filter.minKernel ?? '').split('.').map(Number);
  return major > wantMajor || (major === wantMajor && minor >= wantMinor);
}

function askedProfile(options: string[]): string | null {
  const last = options.findLast((option) => /^seccomp[=:]/.test(option));
  return last === undefined ? null : last.slice('seccomp='.length);
}

function parseProfile(text: string): SeccompProfile {
  try {
    const profile: unknown = JSON.parse(text);
    // Without this a number would be a profile that filters nothing.
    if (!isObject(profile)) throw new TypeError('a profile is an object');
    const syscalls = (profile as Partial<SeccompProfile>).syscalls ?? [];
    if (!Array.isArray(syscalls) || !syscalls.every(isObject))
      throw new TypeError('syscalls is a list of objects');
    return { ...(profile as unknown as SeccompProfile), syscalls };
  } catch (err) {
    throw new TritonError('VmStartFailed', 400, `Decoding seccomp profile failed: ${(err as Error).message}`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
