// The OCI process of a docker exec, on top of the spec that its container runs with.
import type { StdioCommand } from '#lib/docker-vm/stdio.ts';
import type { Machine } from './machine.ts';
import { type AgentNode, getMachine, vmNotRunning } from './node.ts';
import { buildExecProcess } from './oci-spec/build-exec-process.ts';
import type { OciSpec } from './oci-spec/types.ts';
import { userInRootfs } from './prepare-spec.ts';
import { readSpec } from './zone-files.ts';

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

/** After a restart of the agent it is only on disk. */
async function specOf(machine: Machine): Promise<OciSpec> {
  machine.spec ??= (await readSpec(machine.zonePath)) as OciSpec | null;
  if (machine.spec === null) throw vmNotRunning(machine.uuid);
  return machine.spec;
}
