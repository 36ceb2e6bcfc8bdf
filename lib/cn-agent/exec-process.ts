// The OCI process of a docker exec, on top of the spec that its container runs with.
import type { StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { Machine } from './machine.ts';
import { type AgentNode, getMachine, specOf } from './node.ts';
import { buildExecProcess } from './oci-spec/build-exec-process.ts';
import { dockerSettings } from './oci-spec/docker-settings.ts';
import type { ResolvedUser } from './oci-spec/types.ts';
import { userInRootfs } from './prepare-spec.ts';

/** Throws TritonError VmNotFound, VmNotRunning, UserNotFound (dockerd's text). */
export async function execProcess(node: AgentNode, uuid: string, command: StdioCommand): Promise<object> {
  const machine = getMachine(node, uuid);
  const [spec, user] = await Promise.all([
    specOf(machine),
    command.User ? execUser(machine, command.User) : null,
  ]);
  return buildExecProcess({
    spec,
    host: node.hostFacts,
    cmd: command.Cmd,
    env: command.Env ?? [],
    workingDir: command.WorkingDir || null,
    user,
    tty: command.Tty === true,
    consoleSize: command.ConsoleSize,
    privileged: command.Privileged === true,
  });
}

/** Whoever it is, the container's additional groups are its too. */
function execUser(machine: Machine, user: string): Promise<ResolvedUser> {
  const { hostConfig } = dockerSettings(machine.zone.vm, machine.zone.image.config);
  return userInRootfs(machine, user, hostConfig.GroupAdd ?? []);
}
