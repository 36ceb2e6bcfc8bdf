// docker_top: the processes of a running VM in the words of this machine's own ps. Nothing of the container's image is run.
import { execFile } from 'node:child_process';
import { TritonError } from '#lib/wire/errors.ts';
import { askTask } from './ask-task.ts';
import { type AgentNode, getMachine, vmNotRunning } from './node.ts';
import { readPs, type TopTable, titlesOf } from './ps-output.ts';
import type { AgentTasks } from './types.ts';

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT = 64 * 1024 * 1024;
/** The name of a column that finds the PID for us; no title of ps. */
const MARK = 'SDCPID';

/**
 * psArgs as dockerd takes them: cut at single blanks, no shell. Throws TritonError VmNotFound, VmNotRunning, PsFailed (dockerd's
 * text).
 */
export async function dockerTop(
  node: AgentNode,
  { uuid, psArgs }: AgentTasks['docker_top']['params'],
): Promise<AgentTasks['docker_top']['result']> {
  if (!getMachine(node, uuid).live) throw vmNotRunning(uuid);
  const pids = new Set(await askTask(node, uuid, () => node.containerd.tasks.pids(uuid)));
  if (pids.size === 0) throw vmNotRunning(uuid);
  const args = psArgs.split(' ');
  try {
    // ps refuses -q beside arguments that choose processes themselves, or a forest: then it lists all of the host's.
    const quick = await tableOf([...args, `-q${[...pids].join(',')}`], pids).catch(() => null);
    return quick ?? (await tableOf(args, pids));
  } catch (err) {
    throw new TritonError('PsFailed', 500, (err as Error).message, [], err as Error);
  }
}

/**
 * The rows that are ours. In a format of the user's own a column before the PID can hold text that a process made up to look like
 * another's PID; there the PID is taken from a column of our own. ps's formats begin with words that no process can choose.
 */
async function tableOf(args: string[], pids: ReadonlySet<number>): Promise<TopTable> {
  if (args.some((arg) => /o/i.test(arg))) {
    const marked = await ps(['-o', `pid=${MARK}`, ...args]).catch(() => '');
    if (titlesOf(marked).length > 1) return readPs(marked, pids, { marked: true });
  }
  return readPs(await ps(args), pids);
}

function ps(args: string[]): Promise<string> {
  const options = {
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT,
  };
  return new Promise((resolve, reject) => {
    execFile('ps', args, options, (err, stdout, stderr) => {
      if (!err) resolve(stdout);
      else reject(new Error(`ps: ${failure(err, stderr)}`));
    });
  });
}

/** The first line of what it said, else how it ended. */
function failure(err: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  const said = stderr.split('\n', 1)[0] ?? '';
  if (said !== '') return said;
  if (err.killed) return 'no answer in time';
  return typeof err.code === 'number' ? `exit status ${err.code}` : err.message;
}
