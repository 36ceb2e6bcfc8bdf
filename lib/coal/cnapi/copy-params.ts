// What CNAPI's docker-copy, docker-export and docker-changes are asked.
import type { AgentTasks } from '#lib/cn-agent/types.ts';
import type { CopyRequest } from '#lib/docker-vm/copy.ts';
import { invalid, missing, validationFailed } from '../validation.ts';

const MODES: readonly string[] = ['read', 'write', 'stat'];
type Body = Record<string, unknown>;

/** The fields themselves, or as older callers send them, path and mode in `payload`. Throws TritonError ValidationFailed. */
export function copyParams(uuid: string, body: Body): AgentTasks['docker_copy']['params'] {
  const { payload } = body;
  const asked = typeof payload === 'object' && payload !== null ? (payload as Body) : body;
  const { path, mode = 'read' } = asked;
  if (path === undefined) throw validationFailed([missing('path')]);
  if (typeof path !== 'string' || path.includes('\0'))
    throw validationFailed([invalid('path', 'must be a string')]);
  if (typeof mode !== 'string' || !MODES.includes(mode))
    throw validationFailed([invalid('mode', `must be one of ${MODES.join(', ')}`)]);
  return {
    ...streamParams(uuid, body),
    path,
    mode: mode as CopyRequest['mode'],
    no_overwrite_dir: body.no_overwrite_dir === true,
    copy_uid_gid: body.copy_uid_gid === true,
    copy_status: body.copy_status === true,
  };
}

export function streamParams(uuid: string, { StdioFraming }: Body): { uuid: string; StdioFraming?: string } {
  return { uuid, ...(typeof StdioFraming === 'string' ? { StdioFraming } : {}) };
}
