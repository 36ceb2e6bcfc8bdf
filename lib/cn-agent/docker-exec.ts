// docker_exec, docker_exec_state, docker_exec_resize: exec, attach and log streams, which the stdio service serves.
import { type AgentNode, getMachine } from './node.ts';
import type { AgentTasks } from './types.ts';

/** Throws TritonError VmNotFound, VmNotRunning. */
export async function dockerExec(
  node: AgentNode,
  { uuid, command }: AgentTasks['docker_exec']['params'],
): Promise<AgentTasks['docker_exec']['result']> {
  getMachine(node, uuid);
  return node.stdio.dockerExec(uuid, command);
}

/** How an exec stands, also for a while after its end. */
export async function dockerExecState(
  node: AgentNode,
  { uuid, ExecId }: AgentTasks['docker_exec_state']['params'],
): Promise<AgentTasks['docker_exec_state']['result']> {
  return node.stdio.execState(uuid, ExecId);
}

/** New window size (columns w, rows h) of an exec's terminal, or of the container's own when ExecId is null. */
export async function dockerExecResize(
  node: AgentNode,
  { uuid, ExecId, w, h }: AgentTasks['docker_exec_resize']['params'],
): Promise<AgentTasks['docker_exec_resize']['result']> {
  getMachine(node, uuid);
  await node.stdio.resize(uuid, ExecId, { w, h });
  return {};
}
