// Makes the OCI process of a docker exec.
import { ociCapabilities } from './capabilities.ts';
import { mergeEnv, ociUser, rlimitNumber } from './process.ts';
import type { ExecInput, OciProcess } from './types.ts';

/**
 * Pure. `cmd` runs with the container's env, directory, capabilities and limits (and its seccomp filter, which runc
 * applies by itself); privileged gives every capability of the machine. TERM=xterm comes with a tty, as in dockerd.
 */
export function buildExecProcess(input: ExecInput): OciProcess {
  const base = input.spec.process;
  const { consoleSize } = input;
  return {
    ...(input.tty ? { terminal: true } : {}),
    ...(input.tty && consoleSize && consoleSize[0] > 0 && consoleSize[1] > 0
      ? { consoleSize: { height: consoleSize[0], width: consoleSize[1] } }
      : {}),
    user: input.user === null ? base.user : ociUser(input.user),
    args: input.cmd,
    env: mergeEnv(baseEnv(base, input.tty), input.env),
    cwd: input.workingDir || base.cwd,
    capabilities: input.privileged ? ociCapabilities(input.host.capabilities) : base.capabilities,
    ...(base.rlimits
      ? {
          rlimits: base.rlimits.map(({ type, soft, hard }) => ({
            type,
            soft: rlimitNumber(soft),
            hard: rlimitNumber(hard),
          })),
        }
      : {}),
    ...(base.noNewPrivileges ? { noNewPrivileges: true } : {}),
    ...(base.apparmorProfile && !input.privileged ? { apparmorProfile: base.apparmorProfile } : {}),
    oomScoreAdj: base.oomScoreAdj ?? 0,
  };
}

/** TERM=xterm is a default of the tty, not of the container: it stands third there, after PATH and HOSTNAME. */
function baseEnv(base: OciProcess, tty: boolean): string[] {
  const fromTty = base.terminal === true && base.env[2] === 'TERM=xterm';
  if (!tty) return fromTty ? base.env.toSpliced(2, 1) : base.env;
  return base.env.some((entry) => entry.startsWith('TERM='))
    ? base.env
    : base.env.toSpliced(2, 0, 'TERM=xterm');
}
