// One compute node of a test file's own: containerd, network, agent; and containers to try on it.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { after, before } from 'node:test';
import { removeContainerNet } from '#lib/net/remove-container-net.ts';
import type { Scalar, Vm, VmNic } from '#lib/wire/types.ts';
import { vmRecord } from '#test/unit/lib/cn-agent/vm-record.ts';
import { AgentClient } from './agent-client.ts';
import type { AgentProcessOptions } from './agent-process.ts';
import { BUSYBOX, type OwnContainerd, quiet, startOwnContainerd } from './containerd.ts';

export interface TestNode {
  agent: AgentClient;
  containerd: OwnContainerd;
  /** A new agent process in place of the present one, which must have ended. */
  startAgent(): Promise<void>;
  /** machine_create of a busybox container that runs `cmd`. */
  create(cmd: string[], metadata?: Record<string, Scalar>, vm?: Partial<Vm>): Promise<string>;
  /** create and machine_boot. */
  run(cmd: string[], metadata?: Record<string, Scalar>, vm?: Partial<Vm>): Promise<string>;
  nic(host: number): VmNic;
}

/** Call at the top of a test file; `number` (0–99) keeps bridges and subnets of the files apart. */
export function testNode(number: number): TestNode {
  const dir = mkdtempSync('/tmp/sdct-agent-');
  const network = {
    bridge: `tc${number}`,
    subnet: `172.31.${100 + number}.0/24`,
    gateway: `172.31.${100 + number}.1`,
  };
  const uuids: string[] = [];
  const node = {
    nic: (host: number) => nic(network.subnet, host),
    async startAgent() {
      const options: AgentProcessOptions = {
        containerdSocket: node.containerd.socket,
        dir: `${dir}/a`,
        ...network,
      };
      node.agent = await AgentClient.start(options);
    },
    async create(cmd, metadata = {}, vm = {}) {
      const uuid = randomUUID();
      uuids.push(uuid);
      const record = vmRecord(uuid, { 'docker:cmd': JSON.stringify(cmd), ...metadata });
      await node.agent.run('machine_create', {
        vm: { ...record, ...vm },
        image: { uuid, chainId: BUSYBOX, config: {} },
      });
      return uuid;
    },
    async run(cmd, metadata, vm) {
      const uuid = await node.create(cmd, metadata, vm);
      await node.agent.run('machine_boot', { uuid });
      return uuid;
    },
  } as TestNode;
  before(async () => {
    node.containerd = await startOwnContainerd(`${dir}/containerd`);
    await node.startAgent();
  });
  after(async () => {
    for (const uuid of uuids) await node.agent.run('machine_destroy', { uuid });
    await node.agent.close();
    await node.containerd.stop();
    await removeContainerNet(network.bridge, quiet());
    rmSync(dir, { recursive: true, force: true });
  });
  return node;
}

function nic(subnet: string, host: number): VmNic {
  const [a, b, c] = subnet.split('.');
  return {
    mac: `02:42:00:00:00:${host.toString(16).padStart(2, '0')}`,
    ip: `${a}.${b}.${c}.${host}`,
    netmask: '255.255.255.0',
    gateway: `${a}.${b}.${c}.1`,
    nic_tag: 'sdc',
    network_uuid: '00000000-0000-4000-8000-000000000001',
    primary: true,
  };
}
