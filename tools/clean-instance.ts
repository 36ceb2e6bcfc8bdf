// Takes one CoaL instance apart, whatever state it is in: processes, containers, mounts, namespaces, links, rules, cgroups, files.
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import bunyan from 'bunyan';
import { mountsAt } from '#lib/cn-agent/volumes/unmount.ts';
import { firewallTable } from '#lib/net/firewall/ruleset.ts';
import { portsTable } from '#lib/net/ports/ruleset.ts';
import { removeContainerNet } from '#lib/net/remove-container-net.ts';

/** What names everything that an instance leaves on a machine. */
export interface InstanceNames {
  stateDir: string;
  runDir: string;
  bridge: string;
  cgroupParent: string;
  /** containerd's socket; its shims carry it in their arguments. */
  containerdSocket: string;
}

/** Runs a program; never rejects. */
export function tryRun(
  command: string,
  args: string[],
  input?: string,
): Promise<{ code: number; out: string }> {
  return new Promise((done) => {
    const child = execFile(command, args, { maxBuffer: 64 << 20 }, (err, stdout) =>
      done({ code: err ? Number(err.code ?? 1) || 1 : 0, out: stdout }),
    );
    if (input !== undefined) child.stdin?.end(input);
  });
}

/** Pids whose command line holds `needle`. */
export async function pidsWith(needle: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const cmdline = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (cmdline.includes(needle)) found.push(Number(entry));
  }
  return found;
}

export function kill9(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has gone by itself.
    }
  }
}

/** Every directory of the cgroup parent, in each hierarchy, children before parents. */
export async function cgroupDirs(parent: string): Promise<string[]> {
  const roots = ['/sys/fs/cgroup'];
  for (const entry of await readdir('/sys/fs/cgroup').catch(() => []))
    roots.push(join('/sys/fs/cgroup', entry));
  const dirs: string[] = [];
  for (const root of roots) {
    const top = join(root, parent);
    const children = await readdir(top, { withFileTypes: true }).catch(() => null);
    if (!children) continue;
    for (const child of children) if (child.isDirectory()) dirs.push(join(top, child.name));
    dirs.push(top);
  }
  return dirs;
}

/** A paused container dies only when it goes on. Each kind of cgroup has one of the two. */
async function thaw(dir: string): Promise<void> {
  await writeFile(join(dir, 'freezer.state'), 'THAWED', { flag: 'r+' }).catch(() => {});
  await writeFile(join(dir, 'cgroup.freeze'), '0', { flag: 'r+' }).catch(() => {});
}

/** Removes the instance wholly. Its CoaL and daemon must have ended, or they are killed. */
export async function cleanInstance(names: InstanceNames): Promise<void> {
  kill9(await pidsWith(names.containerdSocket));
  // containerd itself names only its config file, which is in runDir.
  kill9(await pidsWith(`${names.runDir}/`));
  kill9(await pidsWith(`${names.stateDir}/`));
  for (const dir of await cgroupDirs(names.cgroupParent)) {
    const procs = await readFile(join(dir, 'cgroup.procs'), 'utf8').catch(() => '');
    kill9(procs.split('\n').filter(Boolean).map(Number));
    await thaw(dir);
  }
  for (let tries = 0; tries < 50; tries++) {
    const points = [...(await mountsAt(names.stateDir)), ...(await mountsAt(names.runDir))];
    if (points.length === 0) break;
    for (const point of points) await tryRun('umount', ['-l', point]);
  }
  await cleanNetwork(names.bridge);
  for (const dir of await cgroupDirs(names.cgroupParent)) {
    for (let tries = 0; tries < 100; tries++) {
      const failed = await rmdir(dir).then(
        () => false,
        (err: NodeJS.ErrnoException) => err.code === 'EBUSY',
      );
      if (!failed) break;
      await delay(20); // the kernel takes a moment to let killed processes go
    }
  }
  await rm(names.runDir, { recursive: true, force: true });
  await rm(names.stateDir, { recursive: true, force: true });
}

/** Namespaces, links, rules and claims that carry the bridge's name; once as lib/net does it, once more by hand where that failed. */
export async function cleanNetwork(bridge: string): Promise<void> {
  const log = bunyan.createLogger({ name: 'clean', level: bunyan.FATAL + 1 });
  await removeContainerNet(bridge, log).catch(() => {});
  const namespaces = (await tryRun('ip', ['netns', 'list'])).out
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  const ours = namespaces.filter((name) => name.startsWith(`${bridge}-`));
  if (ours.length > 0)
    await tryRun('ip', ['-force', '-batch', '-'], ours.map((name) => `netns del ${name}\n`).join(''));
  await tryRun('ip', ['link', 'del', bridge]);
  for (const table of [bridge, portsTable(bridge), firewallTable(bridge)])
    for (const family of ['ip', 'ip6']) await tryRun('nft', ['delete', 'table', family, table]);
}
