// Puts CoaL together: containerd, network, agent, the services; and takes it apart again without touching containers.
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type Logger from 'bunyan';
import { createCnAgent } from '#lib/cn-agent/agent.ts';
import { loadDefaultProfile } from '#lib/cn-agent/apparmor/load-profile.ts';
import { readHostFacts } from '#lib/cn-agent/oci-spec/host-facts.ts';
import type { CnAgent } from '#lib/cn-agent/types.ts';
import { connectContainerd } from '#lib/containerd/connect.ts';
import { startOwnContainerd } from '#lib/containerd/instance.ts';
import { createContainerNet } from '#lib/net/container-net.ts';
import { createPacketFilter } from '#lib/net/firewall/packet-filter.ts';
import { firewallTable } from '#lib/net/firewall/ruleset.ts';
import { machineSubnets } from '#lib/net/machine-subnets.ts';
import { namesFor } from '#lib/net/names.ts';
import { createPortForwards } from '#lib/net/ports/port-forwards.ts';
import { portsTable } from '#lib/net/ports/ruleset.ts';
import { TableWatch } from '#lib/net/table-watch.ts';
import { reserveSpace } from '#lib/sqlite/reserve.ts';
import { createCnapi } from './cnapi/cnapi.ts';
import { TaskRunner } from './cnapi/task-runner.ts';
import type { CoalConfig } from './config.ts';
import { createFwapi } from './fwapi/fwapi.ts';
import { RuleStore } from './fwapi/rule-store.ts';
import { createImgapi, type Imgapi } from './imgapi/imgapi.ts';
import { createNameServer } from './names/name-server.ts';
import { createNapi, type Napi } from './napi/napi.ts';
import { createPapi, type Papi } from './papi/papi.ts';
import { serve } from './server.ts';
import { serverUuid } from './server-uuid.ts';
import type { CoalService } from './types.ts';
import { createVmapi, openVmRecords } from './vmapi/vmapi.ts';
import { createVolapi, type Volapi } from './volapi/volapi.ts';

const CONTAINERD_MS = 30_000;

export interface Coal {
  /** Ends the services, the agent and our own containerd; containers go on. */
  close(): Promise<void>;
}

type Undo = () => Promise<unknown> | unknown;

/** Resolves when all services listen. When a part fails, what was started before it is ended first. `gid`: the daemon's group. */
export async function startCoal(config: CoalConfig, gid: number, log: Logger): Promise<Coal> {
  const undos: Undo[] = [];
  const close = async (): Promise<void> => {
    for (const undo of undos.splice(0).reverse()) await undo();
  };
  try {
    await start(config, gid, log, undos);
  } catch (err) {
    await close();
    throw err;
  }
  return { close };
}

async function start(config: CoalConfig, gid: number, log: Logger, undos: Undo[]): Promise<void> {
  makeSocketDir(config.socketDir, gid);
  const database = join(config.stateDir, 'coal');
  mkdirSync(database, { recursive: true, mode: 0o700 });
  const uuid = serverUuid(config.stateDir);
  const napi = await createNapi({
    stateDir: database,
    adminUuid: config.adminUuid,
    serverUuid: uuid,
    network: config.network,
    machineSubnets: () => machineSubnets(config.network.bridge),
    log,
  });
  const papi = await createPapi({ packagesFile: config.packages, adminUuid: config.adminUuid, log });
  const node = await startNode(config, { uuid, gid, napi, database, log }, undos);
  const tasks = new TaskRunner(node.agent);
  const imgapi = await createImgapi({
    stateDir: database,
    containerd: node.containerd,
    unlessLayerUsed: node.agent.unlessLayerUsed,
    registry: config.registry,
    adminUuid: config.adminUuid,
    tasks,
    log,
  });
  const volapi = await createVolapi({ stateDir: database, tasks, log });
  const vmapi = await createVmapi({
    ...neighbours({ napi, papi, imgapi, volapi }),
    records: node.records,
    tasks,
    log,
  });
  const cnapi = await createCnapi({ tasks, log });
  const fwapi = createFwapi({ rules: node.rules, vms: node.records.store });
  await serveAll(config, [papi, napi, imgapi, cnapi, fwapi, volapi, vmapi], { gid, log }, undos);
  // Behind the start: nothing waits for it.
  for (const name of ['vmapi.db', 'napi.db', 'images.db', 'volapi.db', 'fwapi.db'])
    void reserveSpace(join(database, name));
}

interface NodeParts {
  uuid: string;
  gid: number;
  napi: Napi;
  database: string;
  log: Logger;
}

/** containerd, network and agent: this machine as a compute node, with the records that it tells its changes to. */
async function startNode(
  config: CoalConfig,
  { uuid, gid, napi, database, log }: NodeParts,
  undos: Undo[],
): Promise<{
  agent: CnAgent;
  containerd: ReturnType<typeof connectContainerd>;
  records: ReturnType<typeof openVmRecords>;
  rules: RuleStore;
}> {
  const { own, root, state, socket, namespace, cgroupParent } = config.containerd;
  const [hostFacts] = await Promise.all([
    loadDefaultProfile(log).then(readHostFacts),
    own
      ? startOwnContainerd({ root, state, socket, log }).then((instance) =>
          undos.push(() => instance.terminate()),
        )
      : null,
  ]);
  const containerd = connectContainerd({ socket, namespace, log, ...(own ? { state } : {}) });
  undos.push(() => containerd.close());
  const [net] = await Promise.all([
    createContainerNet({
      ...config.network,
      gateway: napi.network.gateway ?? '',
      fabrics: () => napi.fabrics(),
      log,
    }),
    containerd.ready(CONTAINERD_MS),
  ]);
  undos.push(() => net.close());
  const ports = createPortForwards({ bridge: config.network.bridge, log });
  undos.push(() => ports.close());
  const packetFilter = createPacketFilter({ bridge: config.network.bridge, log });
  undos.push(() => packetFilter.close());
  const rules = new RuleStore(join(database, 'fwapi.db'));
  undos.push(() => rules.close());
  const records = openVmRecords(join(database, 'vmapi.db'), log);
  undos.push(() => records.store.close());
  const names = createNameServer({ vms: records.store.all(), onVm: records.onVm, log });
  undos.push(() => names.close());
  napi.onNetworkGone(async (network) => {
    const address = net.addressOn(network);
    await net.forgetFabric(network);
    if (address !== null) await names.leave(address);
  });
  const agent = await createCnAgent({
    serverUuid: uuid,
    zonesDir: join(config.stateDir, 'zones'),
    volumesDir: join(config.stateDir, 'volumes'),
    ownDirs: [config.stateDir, state],
    containerd,
    net,
    ports,
    packetFilter,
    names,
    firewallRules: rules.all().map(({ rule }) => rule),
    socketDir: config.socketDir,
    socketGroupGid: gid,
    hostFacts,
    cgroupParent,
    onVmChange: (vmUuid, patch) => records.store.patch(vmUuid, patch),
    log: log.child({ component: 'cn-agent' }),
  });
  undos.push(() => agent.close());
  const { bridge } = config.network;
  const tables = [
    { name: firewallTable(bridge), restore: () => packetFilter.restore() },
    { name: namesFor(bridge).table, restore: () => net.restoreRules() },
    { name: portsTable(bridge), restore: () => ports.restore() },
  ];
  const watch = new TableWatch(tables, log);
  undos.push(() => watch.close());
  rules.onChange((rule, now) => void agent.ruleChanged(rule, now));
  return { agent, containerd, records, rules };
}

interface NeighbourServices {
  napi: Napi;
  papi: Papi;
  imgapi: Imgapi;
  volapi: Volapi;
}

function neighbours({ napi, papi, imgapi, volapi }: NeighbourServices) {
  const { volumes } = volapi;
  return {
    findPackage: (uuid: string) => papi.find(uuid),
    provisionNics: napi.provisionNics.bind(napi),
    addNics: napi.addNics.bind(napi),
    removeNics: napi.removeNics.bind(napi),
    nicsOf: napi.nicsOf.bind(napi),
    releaseNics: napi.releaseNics.bind(napi),
    nicHolders: napi.nicHolders.bind(napi),
    volumes: {
      provision: volumes.provision.bind(volumes),
      settle: volumes.settle.bind(volumes),
      release: volumes.release.bind(volumes),
      holders: () => volumes.store.holders(),
    },
    agentImage: imgapi.agentImage.bind(imgapi),
  };
}

/** VMAPI last: when it answers, everything does. */
async function serveAll(
  config: CoalConfig,
  services: CoalService[],
  { gid, log }: { gid: number; log: Logger },
  undos: Undo[],
): Promise<void> {
  for (const service of services) {
    const socketPath = join(config.socketDir, `${service.name}.sock`);
    const serving = await serve(service, { socketPath, gid, log });
    undos.push(() => serving.close());
  }
}

function makeSocketDir(dir: string, gid: number): void {
  mkdirSync(dir, { recursive: true });
  chownSync(dir, 0, gid);
  chmodSync(dir, 0o750);
}
