// A process that could not be started at all: the exit code that Docker gives it, the words it uses, and whether its container is gone.
import { ContainerdError } from '#lib/containerd/errors.ts';
import type { Tasks } from '#lib/containerd/types.ts';
import { isAlive } from '#lib/process/processes.ts';
import { TritonError } from '#lib/wire/errors.ts';

/** moby daemon/errors.go: 126 when the command cannot be invoked, 127 when there is none, else 128, with its additions to the text. */
export function describeExecFailure(message: string): { code: number; error: string } {
  const text = message.toLowerCase();
  if (text.includes('permission denied')) return { code: 126, error: message };
  if (text.includes('is a directory')) return { code: 126, error: `${message}: permission denied` };
  if (text.includes('not a directory')) {
    const hint =
      'Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type';
    return { code: 127, error: `${message}: ${hint}` };
  }
  if (NOT_FOUND.some((each) => text.includes(each))) return { code: 127, error: message };
  return { code: 128, error: message };
}

const NOT_FOUND = [
  'executable file not found',
  'no such file or directory',
  'system cannot find the file specified',
  'failed to run runc create/exec call',
];

/** True for an error by which the container, not the exec, is the cause. */
export function isContainerGone(err: unknown): boolean {
  if (err instanceof TritonError) return ['VmNotFound', 'VmNotRunning'].includes(err.restCode);
  return err instanceof ContainerdError && err.code === 'NOT_FOUND';
}

/** What runc says of a container that ends under it has many forms: the process is asked instead. */
export async function isInitAlive(tasks: Tasks, vmUuid: string): Promise<boolean> {
  const state = await tasks.get(vmUuid, '').catch(() => null);
  if (state === null || state.status === 'stopped') return false;
  return isAlive(state.pid);
}
