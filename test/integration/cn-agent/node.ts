// One compute node of a test file's own: containerd, network, agent; and containers to try on it.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { after, before } from 'node:test';
import type { Scalar, Vm, VmNic } from '#lib/wire/types.ts';
import { waitUntil } from '#test/harness/stack.ts';
import { vmRecord } from '#test/unit/lib/cn-agent/vm-record.ts';
import { cleanInstance } from '#tools/clean-instance.ts';
import { AgentClient } from './agent-client.ts';
import type { AgentProcessOptions } from './agent-process.ts';
import { BUSYBOX, containerdPaths, type OwnContainerd, startOwnContainerd } from './containerd.ts';

export interface TestNode {
  agent: AgentClient;
  containerd: OwnContainerd;
  /** A new agent process in place of the present one, which must have ended. */
  startAgent(): Promise<void>;
  /** machine_create of a busybox container that runs `cmd`. */
  create(cmd: string[], metadata?: Record<string, Scalar>, vm?: Partial<Vm>): Promise<string>;
  /** create and machine_boot. */
  run(cmd: string[], metadata?: Record<string, Scalar>, vm?: Partial<Vm>): Promise<string>;
  /** run of a shell that leaves with `code` at `signal` ('TERM'); resolves when its trap is set: until then pid 1 ignores the signal. */
  runTrap(signal: 'TERM' | 'USR1' | 'USR2', code: number, metadata?: Record<string, Scalar>): Promise<string>;
  nic(host: number): VmNic;
}

/** Call at the top of a test file; `number` (0–9) keeps bridges and subnets of the files apart. */
export function testNode(number: number): TestNode {
  const dir = mkdtempSync('/tmp/sdct-agent-');
  const network = {
    bridge: `sdctag${number}`,
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
      await execed((await node.agent.vm(uuid))?.pid);
      return uuid;
    },
    async runTrap(signal, code, metadata) {
      const script = `trap "exit ${code}" ${signal}; while :; do sleep 1000 & wait; done`;
      const uuid = await node.run(['sh', '-c', script], metadata);
      const { pid } = (await node.agent.vm(uuid))!;
      await waitUntil(`the trap for ${signal} is set`, () =>
        catches(pid!, constants.signals[`SIG${signal}`]),
      );
      return uuid;
    },
  } as TestNode;
  before(async () => {
    node.containerd = await startOwnContainerd(`${dir}/containerd`);
    await node.startAgent();
  });
  after(async () => {
    try {
      for (const uuid of uuids) await node.agent.run('machine_destroy', { uuid });
      await node.agent.close();
      await node.containerd.stop();
    } finally {
      // Whatever failed before, nothing stays on the machine.
      const { bridge } = network;
      const { socket } = containerdPaths(`${dir}/containerd`);
      await cleanInstance({
        stateDir: dir,
        runDir: dir,
        bridge,
        cgroupParent: bridge,
        containerdSocket: socket,
      });
    }
  });
  return node;
}

/** Until runc's init has become the container's program a signal would end runc instead; dockerd has the same moment. */
async function execed(pid: number | undefined): Promise<void> {
  await waitUntil('the program runs', () => {
    try {
      return pid === undefined || !readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('runc');
    } catch {
      return true; // ended already
    }
  });
}

function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return ((BigInt(`0x${mask ?? '0'}`) >> BigInt(signal - 1)) & 1n) === 1n;
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
