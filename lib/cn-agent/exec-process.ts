// The OCI process of a docker exec, on top of the spec that its container runs with.
import type { StdioCommand } from '#lib/docker-vm/stdio.ts';
import { type AgentNode, getMachine, specOf } from './node.ts';
import { buildExecProcess } from './oci-spec/build-exec-process.ts';
import { userInRootfs } from './prepare-spec.ts';

/** Throws TritonError VmNotFound, VmNotRunning, UserNotFound (dockerd's text). */
export async function execProcess(node: AgentNode, uuid: string, command: StdioCommand): Promise<object> {
  const machine = getMachine(node, uuid);
  const [spec, user] = await Promise.all([
    specOf(machine),
    command.User ? userInRootfs(machine, command.User) : null,
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
