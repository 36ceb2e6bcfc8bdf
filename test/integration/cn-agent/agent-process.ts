// A program that is a compute node's agent and nothing else, so that a test can kill -9 it: JSON lines in, JSON lines out.
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createCnAgent } from '#lib/cn-agent/agent.ts';
import { readHostFacts } from '#lib/cn-agent/oci-spec/host-facts.ts';
import type { AgentTasks, TaskName, VmPatch } from '#lib/cn-agent/types.ts';
import { connectContainerd } from '#lib/containerd/connect.ts';
import { createContainerNet } from '#lib/net/container-net.ts';
import { createPacketFilter } from '#lib/net/firewall/packet-filter.ts';
import { createPortForwards } from '#lib/net/ports/port-forwards.ts';
import { TritonError } from '#lib/wire/errors.ts';
import { NAMESPACE, quiet } from './containerd.ts';

export interface AgentProcessOptions {
  containerdSocket: string;
  dir: string;
  bridge: string;
  subnet: string;
  gateway: string;
}
export type Request = { id: number; task: TaskName | 'listVms' | 'sysinfo' | 'close'; params: object };
export type Message =
  | { kind: 'ready' }
  | { kind: 'change'; uuid: string; patch: VmPatch }
  | {
      kind: 'reply';
      id: number;
      result?: unknown;
      error?: { restCode: string; statusCode: number; message: string };
    };

const options = JSON.parse(process.argv[2]!) as AgentProcessOptions;
const log = quiet((process.env.TEST_LOG as 'debug') ?? 'fatal');
const say = (message: Message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const containerd = connectContainerd({ socket: options.containerdSocket, namespace: NAMESPACE, log });
await containerd.ready(20_000);
const { bridge, subnet, gateway, dir } = options;
const net = await createContainerNet({ bridge, subnet, gateway, mtu: 1500, poolSize: 2, log });
const hostFacts = await readHostFacts();
const zonesDir = `${dir}/zones`;
await mkdir(`${dir}/run`, { recursive: true });
const agent = await createCnAgent({
  serverUuid: '00000000-0000-4000-8000-00000000c0de',
  zonesDir,
  volumesDir: `${dir}/volumes`,
  ownDirs: [dir],
  containerd,
  net,
  ports: createPortForwards({ bridge, log }),
  packetFilter: createPacketFilter({ bridge, log }),
  firewallRules: [],
  names: { at: async (ip) => ({ ip, port: 5311 }) },
  socketDir: `${dir}/run`,
  socketGroupGid: null,
  hostFacts,
  cgroupParent: bridge,
  onVmChange: (uuid, patch) => say({ kind: 'change', uuid, patch }),
  log,
});
say({ kind: 'ready' });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  void answer(request);
}

async function answer({ id, task, params }: Request): Promise<void> {
  try {
    say({ kind: 'reply', id, result: await perform(task, params) });
  } catch (err) {
    const error =
      err instanceof TritonError
        ? { restCode: err.restCode, statusCode: err.statusCode, message: err.ownMessage }
        : { restCode: '', statusCode: 0, message: String((err as Error).stack) };
    say({ kind: 'reply', id, error });
  }
}

async function perform(task: Request['task'], params: object): Promise<unknown> {
  if (task === 'listVms') return agent.listVms();
  if (task === 'sysinfo') return agent.sysinfo();
  if (task === 'close') return shutDown();
  return agent.runTask(task, params as AgentTasks[typeof task]['params'], { reqId: 'test', log });
}

async function shutDown(): Promise<void> {
  await agent.close();
  await net.close();
  containerd.close();
  setImmediate(() => process.exit(0));
}
