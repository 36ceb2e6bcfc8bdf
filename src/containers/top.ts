// ContainerTop: GET /containers/:id/top.
import { hasRestCode } from '#lib/wire/errors.ts';
import type { Vm } from '#lib/wire/types.ts';
import type { Reply, Req } from '#src/context.ts';
import { conflict, internal } from '#src/errors.ts';
import { hasCapability } from '#src/vm/capability.ts';
import { emitContainerEvent } from '#src/vm/event-attributes.ts';
import { dockerIdOf } from '#src/vm/metadata.ts';
import { serverOf } from '#src/vm/open-stream.ts';
import { isRunning, statusOf } from '#src/vm/state.ts';
import { asDocker, tritonErrorIn } from '#src/vm/triton-errors.ts';
import { findContainer } from './lookup.ts';
import { parsePsArgs, toTop } from './top-psinfo.ts';

/** The compute node's own ps with the arguments as they are; where it cannot run one, the columns that VMAPI's /proc fills. */
export async function containerTop(req: Req): Promise<Reply> {
  const psArgs = req.query.ps_args || '-ef';
  refuseRenamedPid(psArgs);
  const vm = await findContainer(req, req.params.id!);
  const id = dockerIdOf(vm);
  if (!isRunning(vm)) throw conflict(`container ${id} is not running`);
  if (statusOf(vm) === 'restarting') {
    throw conflict(`Container ${id} is restarting, wait until the container is running`);
  }
  const able = await hasCapability(req, vm, 'docker_top');
  const body = able ? await byPs(req, vm, psArgs) : await byPsinfo(req, vm, psArgs);
  emitContainerEvent(req, vm, 'top');
  return { status: 200, body };
}

const CMD: Column = { title: 'CMD', value: (p) => String(p.pr_psargs ?? p.pr_fname ?? '') };
const PID: Column = { title: 'PID', value: (p) => String(p.pr_pid ?? '') };
const PPID: Column = { title: 'PPID', value: (p) => String(p.pr_ppid ?? '') };
const UID: Column = { title: 'UID', value: (p) => userName(p.pr_euid ?? p.pr_uid) };
const USER: Column = { ...UID, title: 'USER' };
const TTY: Column = { title: 'TTY', value: (p) => String(p.pr_ttydev ?? '?') };
const TIME: Column = { title: 'TIME', value: (p) => clock(Number(p.pr_time ?? 0)) };
const CPU: Column = { title: '%CPU', value: (p) => Number(p.pr_pctcpu ?? 0).toFixed(1) };
const MEM: Column = { title: '%MEM', value: (p) => Number(p.pr_pctmem ?? 0).toFixed(1) };
const VSZ: Column = { title: 'VSZ', value: (p) => String(p.pr_size ?? 0) };
const RSS: Column = { title: 'RSS', value: (p) => String(p.pr_rssize ?? 0) };
const STAT: Column = { title: 'STAT', value: (p) => String(p.pr_state ?? '?') };
const C: Column = { title: 'C', value: (p) => String(Math.trunc(Number(p.pr_pctcpu ?? 0))) };
const STIME: Column = { title: 'STIME', value: (p, now) => startTime(Number(p.pr_start ?? 0), now) };
const START: Column = { ...STIME, title: 'START' };
const COMM: Column = { title: 'COMMAND', value: (p) => String(p.pr_fname ?? '') };
const ARGS: Column = { ...CMD, title: 'COMMAND' };

const EF = [UID, PID, PPID, C, STIME, TTY, TIME, CMD];
const AUX = [USER, PID, CPU, MEM, VSZ, RSS, TTY, STAT, START, TIME, ARGS];

/** ps's names of its -o columns. */
const BY_NAME: Readonly<Record<string, Column>> = {
  pid: PID,
  ppid: PPID,
  user: USER,
  uid: { ...UID, value: (p) => String(p.pr_euid ?? p.pr_uid ?? '') },
  tty: TTY,
  time: TIME,
  pcpu: CPU,
  '%cpu': CPU,
  pmem: MEM,
  '%mem': MEM,
  vsz: VSZ,
  rss: RSS,
  stat: STAT,
  s: STAT,
  stime: STIME,
  start: START,
  comm: COMM,
  cmd: CMD,
  args: ARGS,
  command: ARGS,
};

/** Throws DockerError invalid for arguments that we do not know. Pure. */
export function parsePsArgs(text: string): Column[] {
  const words = text.trim().split(/\s+/).join(' ');
  if (['', '-ef', '-e -f', '-f', 'ef'].includes(words)) return EF;
  if (['aux', '-aux', 'au'].includes(words)) return AUX;
  const list = /^-?(?:e?o|A ?-?o) ?([\w%,]+)$/.exec(words)?.[1];
  const columns = list?.split(',').map((name) => BY_NAME[name.toLowerCase()]);
  if (!columns || columns.includes(undefined)) {
    throw invalid(
      `ps arguments "${text}" are not known to sdc-docker: use -ef, aux or -o with a list of columns`,
    );
  }
}

/** Docker's ContainerTopResponse. Pure. */
export function toTop(
  procs: Proc[],
  columns: Column[],
  now: number,
): { Titles: string[]; Processes: string[][] } {
  const sorted = [...procs].sort((a, b) => Number(a.psinfo.pr_pid) - Number(b.psinfo.pr_pid));
  return {
    Titles: columns.map((column) => column.title),
    Processes: sorted.map(({ psinfo }) => columns.map((column) => column.value(psinfo, now))),
  };
}

function userName(uid: string | number | undefined): string {
  return Number(uid ?? 0) === 0 ? 'root' : String(uid);
}

function clock(seconds: number): string {
  const two = (n: number) => String(Math.trunc(n)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** HH:MM for what began within a day, else the date, as ps does. */
function startTime(epochSeconds: number, now: number): string {
  const iso = new Date(epochSeconds * 1000).toISOString();
  return now - epochSeconds * 1000 < 86_400_000 ? iso.slice(11, 16) : iso.slice(5, 10);
}
