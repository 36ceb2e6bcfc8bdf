// After the tests: lists what a test stack left on the machine (processes, namespaces, links, mounts, cgroups, rules, folders).
import { readdir } from 'node:fs/promises';
import { mountsAt } from '#lib/cn-agent/volumes/unmount.ts';
import { CLAIMS_DIR } from '#lib/net/names.ts';
import { cgroupDirs, pidsWith, tryRun } from '../clean-instance.ts';

/** Every name that test/harness/stack.ts gives begins so. */
const PREFIX = 'sdct';

/** One line for each thing of a test stack that is on this machine now. */
export async function listLeaks(): Promise<string[]> {
  const leaks: string[] = [];
  const tmp = (await readdir('/tmp')).filter((name) => name.startsWith(`${PREFIX}-`));
  for (const name of tmp) leaks.push(`folder /tmp/${name}`);
  for (const pid of await pidsWith(`/tmp/${PREFIX}-`)) leaks.push(`process ${pid}`);
  for (const name of tmp) for (const point of await mountsAt(`/tmp/${name}`)) leaks.push(`mount ${point}`);
  for (const dir of ['/run', CLAIMS_DIR]) {
    for (const name of await readdir(dir).catch(() => [] as string[]))
      if (name.startsWith(PREFIX)) leaks.push(`folder ${dir}/${name}`);
  }
  for (const line of (await tryRun('ip', ['netns', 'list'])).out.split('\n')) {
    if (line.startsWith(PREFIX)) leaks.push(`network namespace ${line.split(' ')[0]}`);
  }
  for (const line of (await tryRun('ip', ['-o', 'link'])).out.split('\n')) {
    const name = line.split(': ')[1] ?? '';
    if (name.startsWith(PREFIX)) leaks.push(`link ${name}`);
  }
  for (const line of (await tryRun('nft', ['list', 'tables'])).out.split('\n')) {
    if (line.includes(` ${PREFIX}`)) leaks.push(`nftables ${line}`);
  }
  for (const root of await readdir('/sys/fs/cgroup')) {
    for (const name of await readdir(`/sys/fs/cgroup/${root}`).catch(() => [] as string[])) {
      if (name.startsWith(PREFIX))
        leaks.push(`cgroup ${root}/${name} (${(await cgroupDirs(name)).length} folders)`);
    }
  }
  return leaks;
}

if (import.meta.main) {
  const leaks = await listLeaks();
  for (const leak of leaks) process.stderr.write(`leak: ${leak}\n`);
  process.stdout.write(`leaks: ${leaks.length}\n`);
  process.exit(leaks.length === 0 ? 0 : 1);
}
