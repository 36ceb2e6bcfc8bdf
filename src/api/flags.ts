// Every flag group of `docker run` and `docker create`, with its state: refuse.ts and docs/divergence.md follow it.
import { IDENTITY_FLAGS } from './flags/identity.ts';
import { ISOLATION_FLAGS } from './flags/isolation.ts';
import { NETWORK_FLAGS } from './flags/network.ts';
import { PROCESS_FLAGS } from './flags/process.ts';
import { RESOURCE_FLAGS } from './flags/resources.ts';
import { STORAGE_FLAGS } from './flags/storage.ts';
import type { Flag } from './flags/types.ts';

export type { Flag, FlagState } from './flags/types.ts';

const ROWS = [
  ...IDENTITY_FLAGS,
  ...PROCESS_FLAGS,
  ...NETWORK_FLAGS,
  ...STORAGE_FLAGS,
  ...RESOURCE_FLAGS,
  ...ISOLATION_FLAGS,
] as const;

/** The flags of `docker run` and `docker create`. */
export const CREATE_FLAGS: readonly Flag[] = ROWS;

/** What a create request is refused for, in the table's own words: the compiler sees to it that refuse.ts recognises each. */
export type RefusedFlag = Extract<(typeof ROWS)[number], { refused: readonly string[] }>['refused'][number];

/** The same as values, in the table's order. */
export const REFUSED_FLAGS: readonly RefusedFlag[] = ROWS.flatMap((row): readonly RefusedFlag[] =>
  'refused' in row ? row.refused : [],
);
