// Tasks: containerd's running processes, init and exec.
import type { Channel, Message } from './channel.ts';
import { hasCode } from './errors.ts';
import { jsonAny, type Timestamp, toDate } from './protos.ts';
import { writeForInit } from './start-again.ts';
import { clearTaskRemains } from './task-remains.ts';
import { toExit, waitForExit } from './task-wait.ts';
import type { ContainerdOptions, TaskState, Tasks } from './types.ts';

const OPTIONS_TYPE = 'containerd.runc.v1.Options';
const PROCESS_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Process';
const RESOURCES_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/LinuxResources';

/** containerd.v1.types.Status by number. */
const STATUSES = ['unknown', 'created', 'running', 'stopped', 'paused', 'pausing'] as const;

/** The Tasks of one namespace; semantics in types.ts. */
export function tasksOf(channel: Channel, { namespace, socket, state }: ContainerdOptions): Tasks {
  const options = runcOptions(channel);
  const repeatable = { repeatable: true };

  const get = async (id: string, execId: string): Promise<TaskState | null> => {
    const reply = await nullIfNotFound(channel.call('tasks', 'Get', { containerId: id, execId }, repeatable));
    return reply === null ? null : toTaskState(reply.process as Message);
  };

  const start = async (id: string, execId: string): Promise<{ pid: number }> => {
    const reply = await channel.call('tasks', 'Start', { containerId: id, execId });
    return { pid: Number(reply.pid) };
  };

  return {
    async create({ id, rootfs, stdin, stdout, stderr, terminal, signal }) {
      const request = { containerId: id, rootfs, stdin, stdout, stderr, terminal, options };
      const reply = await channel.call('tasks', 'Create', request, { signal });
      return { pid: Number(reply.pid) };
    },
    start,
    async startAgain(id, pid) {
      const over = new AbortController();
      const written = writeForInit({ namespace, id, pid }, over.signal);
      try {
        return await start(id, '');
      } finally {
        over.abort();
        await written;
      }
    },
    async delete(id, execId) {
      const method = execId === '' ? 'Delete' : 'DeleteProcess';
      const reply = await nullIfNotFound(
        channel.call('tasks', method, { containerId: id, execId }, repeatable),
      );
      return reply === null ? null : toExit(reply);
    },
    async clearRemains(id) {
      if (state !== undefined) await clearTaskRemains({ state, socket, namespace }, id);
    },
    get,
    async list() {
      const reply = await channel.call('tasks', 'List', {}, repeatable);
      return (reply.tasks as Message[]).map((task) => ({ id: String(task.id), state: toTaskState(task) }));
    },
    async kill({ id, execId, signal, all = false }) {
      // A signal sent twice is what the sender could do himself.
      await channel.call('tasks', 'Kill', { containerId: id, execId, signal, all }, repeatable);
    },
    async exec({ id, execId, process, stdin, stdout, stderr, terminal }) {
      const spec = jsonAny(PROCESS_TYPE, process);
      await channel.call('tasks', 'Exec', { containerId: id, execId, stdin, stdout, stderr, terminal, spec });
    },
    async resize(id, execId, w, h) {
      const request = { containerId: id, execId, width: w, height: h };
      await channel.call('tasks', 'ResizePty', request, repeatable);
    },
    async closeStdin(id, execId) {
      await channel.call('tasks', 'CloseIO', { containerId: id, execId, stdin: true }, repeatable);
    },
    async pause(id) {
      await channel.call('tasks', 'Pause', { containerId: id });
    },
    async resume(id) {
      await channel.call('tasks', 'Resume', { containerId: id });
    },
    async update(id, resources) {
      const request = { containerId: id, resources: jsonAny(RESOURCES_TYPE, resources) };
      await channel.call('tasks', 'Update', request, repeatable);
    },
    async pids(id) {
      const reply = await channel.call('tasks', 'ListPids', { containerId: id }, repeatable);
      return (reply.processes as Message[]).map((process) => Number(process.pid));
    },
    wait: (id, execId, signal) => waitForExit({ channel, get, id, execId, signal }),
  };
}

/** runc without systemd: our containers' cgroups are plain paths, and the daemon runs where there is no systemd. */
function runcOptions(channel: Channel): object {
  const codec = channel.protos.codec(OPTIONS_TYPE);
  if (codec === null) throw new Error(`${OPTIONS_TYPE} is missing from generated/descriptor.json`);
  return { type_url: OPTIONS_TYPE, value: codec.encode({ binaryName: 'runc', systemdCgroup: false }) };
}

function toTaskState(process: Message): TaskState {
  return {
    status: STATUSES[Number(process.status)] ?? 'unknown',
    pid: Number(process.pid),
    exitStatus: Number(process.exitStatus),
    exitedAt: toDate(process.exitedAt as Timestamp | null),
  };
}

async function nullIfNotFound(call: Promise<Message>): Promise<Message | null> {
  try {
    return await call;
  } catch (err) {
    if (hasCode(err, 'NOT_FOUND')) return null;
    throw err;
  }
}
