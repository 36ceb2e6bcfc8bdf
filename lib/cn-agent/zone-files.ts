// The node's own truth on disk: zones/<uuid>/vm.json (what the VM is) and run.json (how it runs), each with its version.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '#lib/containerd/types.ts';
import type { PortMap } from '#lib/docker-vm/ports.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { AgentImage } from './types.ts';

/** vm.json: written at create and update only, and synced, because nothing else knows it on this node. */
export interface ZoneRecord {
  v: 1;
  /** Without the fields that RunRecord holds. */
  vm: Vm;
  image: AgentImage;
  /** The mount of the VM's writable layer over its image's: whole, so that a boot need not ask containerd. */
  rootfs: Mount[];
  /** Of the images that it mounts, in the order of docker:mounts: views in containerd. */
  imageMounts?: Mount[][];
}

/**
 * run.json: written before and after each run, not synced: after a power cut its loss means no more than an unknown exit.
 * `starting` says that a task may exist; `restarting` that it has ended and an automatic restart is due.
 */
export interface RunRecord {
  v: 1;
  phase: 'stopped' | 'starting' | 'running' | 'restarting';
  pid: number | null;
  /** ISO, of the last boot; null = never started. */
  startedAt: string | null;
  exitStatus: number | null;
  /** ISO, of the last exit, also while it runs again. */
  exitedAt: string | null;
  /** Why the last start failed, in Docker's words. */
  error: string | null;
  oomKilled: boolean;
  restartCount: number;
  /** ms */
  restartDelay: number;
  manuallyStopped: boolean;
  /** What is published of this run; null = nothing was asked. */
  ports: PortMap | null;
  /** The cgroup is frozen; containerd's task state says it too. */
  paused: boolean;
}

export const NEVER_RUN: RunRecord = {
  v: 1,
  phase: 'stopped',
  pid: null,
  startedAt: null,
  exitStatus: null,
  exitedAt: null,
  error: null,
  oomKilled: false,
  restartCount: 0,
  restartDelay: 0,
  manuallyStopped: false,
  paused: false,
  ports: null,
};

const ZONE_FILE = 'vm.json';
const RUN_FILE = 'run.json';
const SPEC_FILE = 'spec.json';
/** Zones on their way out: the rename into it is the promise that the rest will be deleted. */
const TOMBSTONES = '.destroyed';

/** Makes the zone's directory; throws EEXIST when there is one. */
export async function makeZoneDir(zonePath: string): Promise<void> {
  await mkdir(zonePath, { mode: 0o700 });
}

export async function writeZone(zonePath: string, record: ZoneRecord): Promise<void> {
  await replaceFile(join(zonePath, ZONE_FILE), JSON.stringify(record), true);
}

export async function writeRun(zonePath: string, record: RunRecord): Promise<void> {
  await replaceFile(join(zonePath, RUN_FILE), JSON.stringify(record), false);
}

/** The OCI spec of the last run, which docker exec builds on. */
export async function writeSpec(zonePath: string, spec: object): Promise<void> {
  await replaceFile(join(zonePath, SPEC_FILE), JSON.stringify(spec), false);
}

/** null when the zone has not been started. */
export async function readSpec(zonePath: string): Promise<object | null> {
  return (await readJson(join(zonePath, SPEC_FILE))) as object | null;
}

/**
 * What the directory of a zone holds: `null` when its vm.json was never written (a create that was cut off).
 * Throws on a vm.json that cannot be read or has an unknown version: such a zone is left alone.
 */
export async function readZone(zonePath: string): Promise<{ zone: ZoneRecord; run: RunRecord } | null> {
  const zone = (await readJson(join(zonePath, ZONE_FILE))) as ZoneRecord | null;
  if (zone === null) return null;
  if (zone.v !== 1) throw new Error(`${join(zonePath, ZONE_FILE)} has schema version ${String(zone.v)}`);
  return { zone, run: await readRun(zonePath) };
}

async function readRun(zonePath: string): Promise<RunRecord> {
  const file = join(zonePath, RUN_FILE);
  const written = await stat(file).catch(() => null);
  if (written === null) return NEVER_RUN;
  try {
    const run = (await readJson(file)) as RunRecord | null;
    if (run?.v === 1) return { ...NEVER_RUN, ...run };
  } catch {
    // Cut off by a power cut.
  }
  // It was up once, and nobody knows how that ended: recovery finds out, or says that it does not know.
  return { ...NEVER_RUN, phase: 'running', startedAt: written.mtime.toISOString() };
}

/** Makes the folder of all zones. */
export async function openZonesDir(zonesDir: string): Promise<void> {
  await mkdir(join(zonesDir, TOMBSTONES), { recursive: true, mode: 0o700 });
}

/** Uuids of all zones under `zonesDir`. */
export async function listZones(zonesDir: string): Promise<string[]> {
  await openZonesDir(zonesDir);
  return (await readdir(zonesDir)).filter((name) => name !== TOMBSTONES);
}

/** Turns a zone into a tombstone, in one step; returns its new path. Missing is fine (null). */
export async function buryZone(zonesDir: string, uuid: string): Promise<string | null> {
  const tombstone = join(zonesDir, TOMBSTONES, `${uuid}.${randomBytes(4).toString('hex')}`);
  try {
    await rename(join(zonesDir, uuid), tombstone);
    return tombstone;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw err;
  }
}

/** Tombstones that a former life of the agent left. */
export async function listTombstones(zonesDir: string): Promise<{ uuid: string; path: string }[]> {
  const names = await readdir(join(zonesDir, TOMBSTONES));
  return names.map((name) => ({ uuid: name.slice(0, 36), path: join(zonesDir, TOMBSTONES, name) }));
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw err;
  }
}

async function replaceFile(path: string, text: string, sync: boolean): Promise<void> {
  const fresh = `${path}.new`;
  if (sync) {
    const file = await open(fresh, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
  } else {
    await writeFile(fresh, text, { mode: 0o600 });
  }
  await rename(fresh, path);
}
