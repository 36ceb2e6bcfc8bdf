// What an instance holds that no container of it owns any more, layer by layer: `tools/node tools/check/orphans.ts [--config FILE]`.
import { closeSync, constants, openSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import bunyan from 'bunyan';
import { mountsAt } from '#lib/cn-agent/volumes/unmount.ts';
import { type CoalConfig, readCoalConfig } from '#lib/coal/config.ts';
import { connectContainerd } from '#lib/containerd/connect.ts';
import { NETNS_DIR, namesFor } from '#lib/net/names.ts';
import { loadSettings } from '#lib/settings/load.ts';
import type { Vm } from '#lib/wire/types.ts';
import { cgroupDirs, pidsWith } from '../clean-instance.ts';
import { rows } from './database-rows.ts';
import { findOrphanNetworks } from './orphan-networks.ts';
import { findOrphanRules } from './orphan-rules.ts';
import { findOrphanVolumes } from './orphan-volumes.ts';

/** The instance as its records have it. */
interface Instance {
  config: CoalConfig;
  /** The daemon's state folder. */
  daemonDir: string;
  /** VMs that exist. */
  alive: Map<string, Vm>;
  /** Those that should have a process. */
  running: Set<string>;
}

/** One line per thing without an owner; [] is as it should be. While work is under way it may name what is about to go. */
export async function findOrphans(configFile: string | null): Promise<string[]> {
  const settings = loadSettings(configFile);
  const config = readCoalConfig(settings.coal);
  const vms = rows<{ record: string }>(join(config.stateDir, 'coal/vmapi.db'), 'SELECT record FROM vms')
    .map((row) => JSON.parse(row.record) as Vm)
    .filter((vm) => vm.state !== 'destroyed' && vm.state !== 'failed');
  const instance: Instance = {
    config,
    daemonDir: String(settings.daemon.stateDir),
    alive: new Map(vms.map((vm) => [vm.uuid, vm])),
    running: new Set(vms.filter((vm) => vm.state === 'running').map((vm) => vm.uuid)),
  };
  const lists = await Promise.all(
    [
      ofContainerd,
      ofZones,
      ofNetwork,
      ofFabrics,
      ofRules,
      ofCgroups,
      ofNapi,
      ofFifos,
      ofProcesses,
      ofMounts,
      ofVolumes,
      ofDaemon,
    ].map((look) => look(instance)),
  );
  return lists.flat();
}

async function ofContainerd({ config, alive, running }: Instance): Promise<string[]> {
  const log = bunyan.createLogger({ name: 'orphans', level: bunyan.FATAL + 1 });
  const { socket, namespace } = config.containerd;
  const containerd = connectContainerd({ socket, namespace, log });
  try {
    const [containers, tasks, snapshots] = await Promise.all([
      containerd.containers.list(),
      containerd.tasks.list(),
      containerd.snapshots.list(),
    ]);
    return [
      ...containers.filter(({ id }) => !alive.has(id)).map(({ id }) => `containerd container ${id}`),
      ...tasks
        .filter(({ id }) => !running.has(id))
        .map(({ id, state }) => `containerd task ${id} (${state.status})`),
      ...[...running]
        .filter((uuid) => !tasks.some(({ id }) => id === uuid))
        .map((uuid) => `VM ${uuid} runs, says its record, and has no task`),
      ...snapshots
        .filter(({ kind, name }) => kind !== 'committed' && !alive.has(name))
        .map(({ kind, name }) => `containerd snapshot ${name} (${kind})`),
    ];
  } finally {
    await containerd.close();
  }
}

async function ofZones({ config, alive }: Instance): Promise<string[]> {
  const dir = join(config.stateDir, 'zones');
  const names = (await entries(dir)).filter((name) => !name.startsWith('.'));
  return [
    ...names.filter((name) => !alive.has(name)).map((name) => `zone folder ${name}`),
    ...(await entries(join(dir, '.destroyed'))).map((name) => `zone folder .destroyed/${name}`),
    ...[...alive.values()]
      .filter((vm) => vm.state !== 'provisioning' && !names.includes(vm.uuid))
      .map((vm) => `VM ${vm.uuid} has a record and no zone folder`),
  ];
}

function ofFabrics({ config, daemonDir, alive }: Instance): Promise<string[]> {
  return findOrphanNetworks({
    stateDir: config.stateDir,
    daemonDir,
    bridge: config.network.bridge,
    alive,
  });
}

function ofRules({ config, alive }: Instance): Promise<string[]> {
  return findOrphanRules({ stateDir: config.stateDir, bridge: config.network.bridge, alive });
}

async function ofNetwork({ config, running }: Instance): Promise<string[]> {
  const { bridge, poolSize } = config.network;
  const names = namesFor(bridge);
  const ids = (await entries(NETNS_DIR)).flatMap((name) => names.idOfNetns(name) ?? []);
  const links = (await entries('/sys/class/net')).filter((name) => names.idOfLink(name) !== null);
  const claims = new Map<string, string | null>();
  for (const uuid of await entries(names.claims)) {
    const target = await readlink(join(names.claims, uuid)).catch(() => '');
    claims.set(uuid, names.idOfNetns(basename(target)));
  }
  const claimed = new Set(claims.values());
  const free = ids.filter((id) => !claimed.has(id));
  // The agent keeps some ready, with a nic, without, and for VMs that find others by their names.
  const allowed = 2 * poolSize + Math.ceil(poolSize / 2);
  return [
    ...[...claims].filter(([uuid]) => !running.has(uuid)).map(([uuid]) => `network claim of ${uuid}`),
    ...[...claims]
      .filter(([, id]) => id === null || !ids.includes(id))
      .map(([uuid, id]) => `network claim of ${uuid} on ${id}, which is not there`),
    ...links
      .filter((link) => !ids.includes(names.idOfLink(link) ?? ''))
      .map((link) => `network link ${link}`),
    ...(free.length > allowed
      ? [`${free.length} unclaimed network namespaces, ${allowed} are kept ready: ${free.join(' ')}`]
      : []),
  ];
}

async function ofCgroups({ config, running }: Instance): Promise<string[]> {
  const parent = config.containerd.cgroupParent;
  const dirs = (await cgroupDirs(parent)).filter((dir) => basename(dir) !== parent);
  const orphans = dirs.filter((dir) => !running.has(uuidOf(basename(dir))));
  return Promise.all(orphans.map(async (dir) => `cgroup ${dir} (${await inside(dir)})`));
}

/** Processes of a cgroup, and whether it is frozen. */
async function inside(dir: string): Promise<string> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const pids = (await read(join(dir, 'cgroup.procs'))).split('\n').filter(Boolean);
  const names = await Promise.all(
    pids.map(async (pid) => `${pid} ${(await read(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ').trim()}`),
  );
  const state = (await read(join(dir, 'freezer.state'))).trim();
  return [...names, ...(state === '' ? [] : [state])].join(', ') || 'empty';
}

async function ofNapi({ config, alive }: Instance): Promise<string[]> {
  const nics = rows<{ mac: string; owner: string }>(
    join(config.stateDir, 'coal/napi.db'),
    "SELECT mac, belongs_to_uuid AS owner FROM nics WHERE belongs_to_type = 'zone'",
  );
  const macs = new Set(nics.map(({ mac }) => mac));
  return [
    ...nics.filter(({ owner }) => !alive.has(owner)).map(({ mac, owner }) => `NAPI nic ${mac} of ${owner}`),
    ...[...alive.values()].flatMap(({ uuid, nics: own }) =>
      own.filter(({ mac }) => !macs.has(mac)).map(({ mac }) => `VM ${uuid} has nic ${mac}, unknown to NAPI`),
    ),
  ];
}

/** One that a process holds and no container or exec knows of. The others are the agent's store of them. */
async function ofFifos({ config }: Instance): Promise<string[]> {
  const dir = join(config.socketDir, 'fifos');
  const known = new Set<string>();
  const zones = join(config.stateDir, 'zones');
  for (const zone of await entries(zones)) {
    for (const name of await entries(join(zones, zone, 'logs'))) {
      const target = await readlink(join(zones, zone, 'logs', name)).catch(() => null);
      if (target !== null) known.add(target);
    }
    for (const name of await entries(join(zones, zone, 'exec'))) {
      const text = await readFile(join(zones, zone, 'exec', name), 'utf8').catch(() => '');
      for (const path of text.match(/"[^"]*\/fifos\/[0-9a-f]+"/g) ?? [])
        known.add(JSON.parse(path) as string);
    }
  }
  const paths = (await entries(dir)).map((name) => join(dir, name));
  return paths.filter((path) => !known.has(path) && isHeld(path)).map((path) => `FIFO ${path}`);
}

async function ofProcesses({ config, running }: Instance): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await pidsWith(config.containerd.socket)) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const id = words[words.indexOf('-id') + 1] ?? '';
    if (words[0]?.includes('containerd-shim') && !running.has(id)) found.push(`shim ${pid} of ${id}`);
  }
  return found;
}

async function ofMounts({ config, running }: Instance): Promise<string[]> {
  const tasks = join(config.containerd.state, 'io.containerd.runtime.v2.task');
  const points = [
    ...(await mountsAt(tasks)).filter((point) => !running.has(basename(join(point, '..')))),
    ...(await mountsAt(join(config.stateDir, 'zones'))),
  ];
  return points.map((point) => `mount ${point}`);
}

async function ofVolumes({ config, alive, running }: Instance): Promise<string[]> {
  return findOrphanVolumes(config.stateDir, alive, running);
}

async function ofDaemon({ daemonDir, alive }: Instance): Promise<string[]> {
  const file = join(daemonDir, 'daemon.db');
  const tables = { execs: 'exec record', health: 'health record', vms_seen: 'event memory' };
  return Object.entries(tables).flatMap(([table, what]) =>
    rows<{ uuid: string }>(file, `SELECT DISTINCT vm_uuid AS uuid FROM ${table}`)
      .filter(({ uuid }) => !['baseline', 'watermark'].includes(uuid) && !alive.has(uuid))
      .map(({ uuid }) => `${what} of ${uuid}`),
  );
}

async function entries(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

/** From a cgroup's name: a uuid, or a Docker id, which begins with its digits. */
function uuidOf(name: string): string {
  const hex = name.replaceAll('-', '');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

/** A FIFO that nobody reads cannot be opened for writing. */
function isHeld(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const orphans = await findOrphans(values.config ?? null);
  for (const orphan of orphans) process.stdout.write(`orphan: ${orphan}\n`);
  process.stdout.write(`orphans: ${orphans.length}\n`);
  process.exit(orphans.length === 0 ? 0 : 1);
}
