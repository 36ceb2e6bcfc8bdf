// IMGAPI's import lines as the JSON messages that dockerd streams during a pull.
import type { Reference } from '#lib/registry/reference.ts';
import type { ImportLine } from '#lib/wire/types.ts';
import { progressText } from './progress-text.ts';

/** One line to the client. Key order as dockerd's. */
export interface PullMessage {
  status?: string;
  progressDetail?: { current?: number; total?: number };
  progress?: string;
  id?: string;
  errorDetail?: { message: string };
  error?: string;
}

type ShownLine = Extract<ImportLine, { type: 'status' | 'progress' }>;

/** Of a layer that needs no download. */
export const ALREADY_EXISTS = 'Already exists';

const FROM = 'Pulling from ';

/** A real IMGAPI's words for what dockerd calls otherwise. */
const WORDS: Readonly<Record<string, string>> = {
  'Download complete (cached)': 'Download complete',
  'Uncompressing layer': 'Extracting',
};

/** null for a line that says nothing to a client, or that this daemon says itself. Pure. */
export function toPullMessage(line: ShownLine, ref: Reference): PullMessage | null {
  const { id, status } = line.payload;
  if (line.type === 'status') {
    // Only the account's records know whether it is new.
    if (status.startsWith('Status: ')) return null;
    if (status.startsWith(FROM)) return pullingFrom(ref, id);
    return { status, ...(id === undefined ? {} : { id }) };
  }
  const { current = 0, total = 0 } = line.payload.progressDetail ?? {};
  const progressDetail = {
    ...(current > 0 ? { current } : {}),
    // -1 = the registry did not say.
    ...(total > 0 ? { total } : {}),
  };
  const progress = progressText(current, total);
  return {
    status: WORDS[status] ?? status,
    progressDetail,
    ...(progress === '' ? {} : { progress }),
    id: line.payload.id,
  };
}

/** The first line of a pull; the registry's host is not part of it. Pure. */
export function pullingFrom(ref: Reference, which = ref.digest ?? ref.tag ?? 'latest'): PullMessage {
  return { status: `${FROM}${ref.path}`, id: which };
}

/** Pure. */
export function errorMessage(message: string): PullMessage {
  return { errorDetail: { message }, error: message };
}
