// machine_proc: the processes of a running VM, as psinfo objects.
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import type { Proc } from '#lib/wire/types.ts';
import { type AgentNode, getMachine, vmNotRunning } from './node.ts';
import type { AgentTasks } from './types.ts';

/** Clock ticks per second in /proc/<pid>/stat: fixed by the kernel's ABI on every architecture Node runs on. */
const TICKS = 100;
const PAGE_KIB = 4;

/**
 * Pids are the host's, as `docker top` shows them. Per process: pr_pid, pr_ppid, pr_pgid, pr_sid, pr_uid, pr_euid, pr_gid, pr_egid, pr_nlwp,
 * pr_state (letter), pr_nice, pr_start (epoch seconds), pr_time (CPU seconds), pr_pctcpu and pr_pctmem (percent), pr_size and pr_rssize
 * (KiB), pr_ttydev ('pts/0', '?'), pr_fname, pr_psargs. Throws TritonError VmNotFound, VmNotRunning.
 */
export async function machineProc(
  node: AgentNode,
  { uuid }: AgentTasks['machine_proc']['params'],
): Promise<AgentTasks['machine_proc']['result']> {
  const machine = getMachine(node, uuid);
  if (!machine.live) throw vmNotRunning(uuid);
  const pids = await node.containerd.tasks.pids(uuid);
  const uptime = Number.parseFloat(await readFile('/proc/uptime', 'utf8'));
  const clock = { uptime, bootTime: Date.now() / 1000 - uptime };
  const procs = await Promise.all(pids.map((pid) => readProc(pid, clock)));
  return procs.filter((proc) => proc !== null);
}

/** null when it has ended meanwhile. */
async function readProc(pid: number, clock: { uptime: number; bootTime: number }): Promise<Proc | null> {
  try {
    const [stat, status, cmdline] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    return { psinfo: toPsinfo({ stat, status, cmdline, ...clock, memoryKib: os.totalmem() / 1024 }) };
  } catch {
    return null;
  }
}

/** Pure: the texts of /proc/<pid>/{stat,status,cmdline} → psinfo. */
export function toPsinfo(input: {
  stat: string;
  status: string;
  cmdline: string;
  uptime: number;
  bootTime: number;
  memoryKib: number;
}): Proc['psinfo'] {
  const { stat, status } = input;
  // The name stands in brackets and may itself contain them.
  const fname = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (at: number) => Number(fields[at] ?? 0);
  const [uid = 0, euid = 0] = ids(status, 'Uid');
  const [gid = 0, egid = 0] = ids(status, 'Gid');
  const cpuSeconds = (number(11) + number(12)) / TICKS;
  const startedAfterBoot = number(19) / TICKS;
  const age = Math.max(input.uptime - startedAfterBoot, 1 / TICKS);
  const rssKib = number(21) * PAGE_KIB;
  return {
    pr_pid: Number.parseInt(stat, 10),
    pr_ppid: number(1),
    pr_pgid: number(2),
    pr_sid: number(3),
    pr_uid: uid,
    pr_euid: euid,
    pr_gid: gid,
    pr_egid: egid,
    pr_nlwp: number(17),
    pr_state: fields[0] ?? '?',
    pr_nice: number(16),
    pr_start: Math.round(input.bootTime + startedAfterBoot),
    pr_time: Math.floor(cpuSeconds),
    pr_pctcpu: round((cpuSeconds / age) * 100),
    pr_pctmem: round((rssKib / input.memoryKib) * 100),
    pr_size: Math.round(number(20) / 1024),
    pr_rssize: rssKib,
    pr_ttydev: ttyName(number(4)),
    pr_fname: fname,
    pr_psargs: input.cmdline.split('\0').join(' ').trim() || `[${fname}]`,
  };
}

function ids(status: string, key: string): number[] {
  const line = new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  return line.split(/\s+/).map(Number);
}

/** The kernel packs the device number: low byte of the minor, major, high bits of the minor. */
function ttyName(dev: number): string {
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${minor + (major - 136) * 256}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return '?';
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
