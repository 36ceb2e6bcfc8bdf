// An agent without containers, for the tests of CNAPI's wire: it answers and refuses as it is told.
import type { AgentTasks, CnAgent, TaskName } from '#lib/cn-agent/types.ts';
import type { Vm } from '#lib/wire/types.ts';

export const SERVER = '44454c4c-4800-1034-804a-b2c04f354d31';

export type Act = (task: TaskName, params: AgentTasks[TaskName]['params']) => unknown;

/** `act` plays every task: what it returns is the result, what it throws the refusal. */
export function standInAgent(act: Act, vms: Vm[]): CnAgent & { sysinfoCalls: number } {
  const agent = {
    serverUuid: SERVER,
    sysinfoCalls: 0,
    runTask: async <T extends TaskName>(task: T, params: AgentTasks[T]['params']) =>
      (await act(task, params)) as AgentTasks[T]['result'],
    sysinfo: async () => {
      agent.sysinfoCalls++;
      return { UUID: SERVER, Hostname: 'laptop', 'Boot Time': '1795476224', 'MiB of Memory': '16000' };
    },
    listVms: () => vms,
    unlessLayerUsed: async (_chainId: string, remove: () => Promise<void>) => {
      await remove();
      return true;
    },
    ruleChanged: async () => {},
    close: async () => {},
  };
  return agent;
}
