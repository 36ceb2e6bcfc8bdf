// Reads the image configuration JSON of a record; what a registry put there in a wrong type counts as absent.
import { createHash } from 'node:crypto';
import type { DockerImage } from '#lib/store/types.ts';

export type Json = Record<string, unknown>;

/** One entry of the config's `history`. */
export interface HistoryEntry {
  /** Epoch seconds, 0 when unknown. */
  created: number;
  createdBy: string;
  comment: string;
  emptyLayer: boolean;
}

/** The `config` part: defaults for containers. {} when there is none. */
export function runConfig(image: DockerImage): Json {
  return objectOf(image.image.config);
}

/** Labels, or null when the image has no map of them, as Go prints it. */
export function labelsOf(image: DockerImage): Record<string, string> | null {
  const labels = runConfig(image).Labels;
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return null;
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]));
}

/** When it was built, as in the config but without zeros at the end of the fraction (Go's RFC3339Nano); '' when unknown. */
export function createdText(image: DockerImage): string {
  const created = textOf(image.image.created);
  if (Number.isNaN(Date.parse(created))) return '';
  return created.replace(/\.(\d*?)0*(?=Z$|[+-]\d\d:\d\d$)/, (_all, digits: string) =>
    digits === '' ? '' : `.${digits}`,
  );
}

/** When it was built in ms since the epoch, or null. */
export function createdMs(image: DockerImage): number | null {
  const ms = Date.parse(textOf(image.image.created));
  return Number.isNaN(ms) ? null : ms;
}

/** Digests of the plain layer tars, base first. */
export function diffIds(image: DockerImage): string[] {
  const ids = objectOf(image.image.rootfs).diff_ids;
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** OCI chain ids, one per layer, base first: how dockerd names layers in the answer of a removal. */
export function chainIds(ids: readonly string[]): string[] {
  const chain: string[] = [];
  for (const id of ids) {
    const below = chain.at(-1);
    const hash = createHash('sha256').update(`${below} ${id}`).digest('hex');
    chain.push(below === undefined ? id : `sha256:${hash}`);
  }
  return chain;
}

/** Oldest first. */
export function historyOf(image: DockerImage): HistoryEntry[] {
  const { history } = image.image;
  if (!Array.isArray(history)) return [];
  return history.map((raw) => {
    const entry = objectOf(raw);
    const ms = Date.parse(textOf(entry.created));
    return {
      created: Number.isNaN(ms) ? 0 : Math.floor(ms / 1000),
      createdBy: textOf(entry.created_by),
      comment: textOf(entry.comment),
      emptyLayer: entry.empty_layer === true,
    };
  });
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
